import { isEqual, omit, pick } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { changedFields, type FieldSet, fieldsOf, overlaid, valueAt, without } from './field-set.ts';
import type { KindInfo } from './kind-info.ts';
import { unwritableFields } from './stored-form.ts';

/** What no manager owns: the API server's fields, and those that name the object. */
const unowned = ['name', 'namespace', ...unwritableFields];

type Part = 'content' | 'metadata';
type Parts<T> = Record<Part, T>;

/** Content and metadata are merged apart, for only the first has a schema of its kind. */
function partsOf(object: KubernetesObject): Parts<Record<string, unknown>> {
  return {
    content: omit(object, ['apiVersion', 'kind', 'metadata', 'status']),
    metadata: omit(object.metadata, unowned),
  };
}

const schemaOf = (kind: KindInfo, part: Part) => (part === 'content' ? kind.schema : undefined);
const parts = ['content', 'metadata'] as const;
const none: Parts<FieldSet> = { content: new Map(), metadata: new Map() };

/** All who write by POST and PUT are one. */
const updater = '';

/**
 * Who set which field of an object, for server-side apply: applying anew takes away what the manager no longer sets
 * and nobody else owns; whoever changes a field owns it.
 */
export class FieldManagers {
  readonly #owned = new Map<string, Parts<FieldSet>>();

  copy(): FieldManagers {
    const copy = new FieldManagers();
    for (const [name, owned] of this.#owned) copy.#owned.set(name, owned);
    return copy;
  }

  /** The object as it is after a manager applied `desired` by force. */
  apply(manager: string, live: KubernetesObject, desired: KubernetesObject, kind: KindInfo): KubernetesObject {
    const before = partsOf(live);
    const wanted = partsOf(desired);
    const after = { ...before };
    const own = { ...none };
    for (const part of parts) {
      const schema = schemaOf(kind, part);
      const fields = fieldsOf(wanted[part], schema);
      const others = [...this.#owned].filter(([name]) => name !== manager).map(([, owned]) => owned[part]);
      const orphaned = filtered(
        this.#owned.get(manager)?.[part],
        (id) => !fields.has(id) && !others.some((other) => other.has(id)),
      );
      after[part] = overlaid(without(before[part], orphaned, schema), wanted[part], schema) as Record<string, unknown>;
      own[part] = fields;
    }
    for (const [name, owned] of this.#owned)
      if (name !== manager) this.#owned.set(name, unchanged(owned, own, before, after, kind));
    this.#owned.set(manager, own);
    return {
      apiVersion: live.apiVersion,
      kind: live.kind,
      metadata: { ...pick(live.metadata, unowned), ...after.metadata } as KubernetesObject['metadata'],
      ...after.content,
      ...('status' in live ? { status: live['status'] } : {}),
    };
  }

  /** Takes note of a POST, or of a PUT over what was there before. */
  updated(before: KubernetesObject | undefined, after: KubernetesObject, kind: KindInfo): void {
    const old = before === undefined ? { content: {}, metadata: {} } : partsOf(before);
    const now = partsOf(after);
    const changed = { ...none };
    for (const part of parts) changed[part] = changedFields(old[part], now[part], schemaOf(kind, part));
    for (const [name, owned] of this.#owned) {
      const kept = { ...none };
      for (const part of parts) {
        const standing = fieldsOf(now[part], schemaOf(kind, part));
        kept[part] = filtered(owned[part], (id) => standing.has(id) && (name === updater || !changed[part].has(id)));
      }
      this.#owned.set(name, kept);
    }
    const own = this.#owned.get(updater) ?? none;
    this.#owned.set(updater, {
      content: new Map([...own.content, ...changed.content]),
      metadata: new Map([...own.metadata, ...changed.metadata]),
    });
  }
}

/** What stays another manager's where one applied by force: all but fields that got another value. */
function unchanged(
  owned: Parts<FieldSet>,
  taken: Parts<FieldSet>,
  before: Parts<Record<string, unknown>>,
  after: Parts<Record<string, unknown>>,
  kind: KindInfo,
): Parts<FieldSet> {
  const kept = { ...none };
  for (const part of parts) {
    const schema = schemaOf(kind, part);
    kept[part] = filtered(owned[part], (id, path) => {
      const same = isEqual(valueAt(before[part], path, schema), valueAt(after[part], path, schema));
      return same || !taken[part].has(id);
    });
  }
  return kept;
}

function filtered(
  fields: FieldSet | undefined,
  keep: (id: string, path: Parameters<typeof valueAt>[1]) => boolean,
): FieldSet {
  return new Map([...(fields ?? [])].filter(([id, path]) => keep(id, path)));
}
