import type { KubernetesObject } from '../../api/object.ts';
import { manageChildren } from '../apply/manage-children.ts';
import type { UpdateMethod } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import type { Store } from '../stores/store.ts';
import { groupKind, required, type Surroundings } from './reconciler.ts';
import type { Groups } from './sync-hook.ts';

interface Declaration {
  apiVersion: string;
  resource: string;
  updateStrategy: { method: UpdateMethod };
}

/** Kinds of children or attachments that a controller declares, each with how its objects are updated. */
export class DeclaredChildren {
  readonly kinds: readonly KindInfo[];
  readonly #methods: ReadonlyMap<string, UpdateMethod>;

  constructor(declarations: readonly Declaration[], store: Store) {
    this.kinds = declarations.map((child) => required(store.resource(child.apiVersion, child.resource), child));
    this.#methods = new Map(
      declarations.map(({ updateStrategy }, index) => [
        groupKind(this.kinds[index] as KindInfo),
        updateStrategy.method,
      ]),
    );
  }

  get methods(): UpdateMethod[] {
    return [...this.#methods.values()];
  }

  /** Brings what is observed to what is desired. */
  async write(
    parent: KubernetesObject,
    observed: Groups,
    desired: readonly KubernetesObject[],
    { store, serverSide, lint }: Surroundings,
  ): Promise<void> {
    const method = (child: KindInfo) => this.#methods.get(groupKind(child)) ?? 'OnDelete';
    const report = lint === undefined ? undefined : (fault: string) => lint(parent, [fault]);
    await manageChildren({ parent, observed, desired, method, serverSide, report }, store);
  }
}
