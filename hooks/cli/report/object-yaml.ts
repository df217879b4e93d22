import { omit } from 'lodash-es';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../../api/object.ts';
import { lastAppliedAnnotation } from '../../engine/apply/dynamic-apply.ts';
import type { MemoryStore } from '../../engine/stores/memory-store.ts';

const seal = '[sealed]';
const order = ['LoggingConfiguration', 'ConfigMap', 'Secret'];

/** The objects that the controllers made, as they would stand in a cluster, without what the API server adds. */
export function renderedObjects(store: MemoryStore, showSecrets: boolean): string {
  return store
    .all()
    .filter((object) => object.metadata.ownerReferences !== undefined)
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((object) => objectYaml(object, showSecrets, ['status']))
    .join('---\n');
}

function rank(object: KubernetesObject): string {
  const { name, namespace = '' } = object.metadata;
  return `${namespace}/${object.kind === 'LoggingConfiguration' ? name : name.replace(/-fluent-bit$/, '')}/${order.indexOf(object.kind)}`;
}

/** An object for people: no system fields, secrets sealed unless they are asked for. */
export function objectYaml(object: KubernetesObject, showSecrets: boolean, without: string[] = []): string {
  const { name, namespace, labels, annotations } = object.metadata;
  const ownLabels = omit(labels ?? {}, 'controller-uid');
  const ownAnnotations = omit(annotations ?? {}, lastAppliedAnnotation);
  const { apiVersion, kind, metadata: _, ...content } = object;
  const values = (field: unknown) => Object.fromEntries(Object.keys((field ?? {}) as object).map((key) => [key, seal]));
  const sealed = kind === 'Secret' && !showSecrets ? { ...content, data: values(content['data']) } : content;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(Object.keys(ownLabels).length === 0 ? {} : { labels: ownLabels }),
    ...(Object.keys(ownAnnotations).length === 0 ? {} : { annotations: ownAnnotations }),
  };
  return stringify(
    { apiVersion, kind, metadata, ...omit(sealed, without) },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}
