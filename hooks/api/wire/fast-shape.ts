/**
 * Whether values are what their schemas say, told without zod: each request has dozens of objects, each reply hundreds,
 * and hardly any is wrong. Who finds one that is asks the schema what is wrong with it.
 */

type Fields = Record<string, unknown>;

/** As `KubernetesObject`. */
export function isKubernetesObject(value: unknown): boolean {
  return isObject(value) && isName(value['apiVersion']) && isName(value['kind']) && isObjectMeta(value['metadata']);
}

/** As `CompositeReply`. */
export function isCompositeReply(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { status, children, resyncAfterSeconds, finalized, ...others } = value;
  return (
    isObject(status) &&
    Array.isArray(children) &&
    children.every(isChild) &&
    (resyncAfterSeconds === undefined ||
      (Number.isFinite(resyncAfterSeconds) && (resyncAfterSeconds as number) >= 0)) &&
    (finalized === undefined || typeof finalized === 'boolean') &&
    hasNone(others)
  );
}

/** As `Child`. */
function isChild(value: unknown): boolean {
  if (!isObject(value) || !isName(value['apiVersion']) || !isName(value['kind'])) return false;
  if ('status' in value || 'stringData' in value || !isObject(value['metadata'])) return false;
  const { name, namespace, labels, annotations, ...others } = value['metadata'];
  return (
    isName(name, 253) &&
    (namespace === undefined || isName(namespace, 63)) &&
    (labels === undefined || isMap(labels)) &&
    (annotations === undefined || isMap(annotations)) &&
    hasNone(others)
  );
}

function isObjectMeta(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { generation, labels, annotations, finalizers, ownerReferences } = value;
  return (
    typeof value['name'] === 'string' &&
    isTextOrMissing(value['namespace']) &&
    isTextOrMissing(value['uid']) &&
    (generation === undefined || Number.isFinite(generation)) &&
    isTextOrMissing(value['resourceVersion']) &&
    isTextOrMissing(value['creationTimestamp'] ?? undefined) &&
    isTextOrMissing(value['deletionTimestamp'] ?? undefined) &&
    (labels === undefined || isMap(labels)) &&
    (annotations === undefined || isMap(annotations)) &&
    (finalizers === undefined || (Array.isArray(finalizers) && finalizers.every(isText))) &&
    (ownerReferences === undefined || (Array.isArray(ownerReferences) && ownerReferences.every(isOwnerReference)))
  );
}

function isOwnerReference(value: unknown): boolean {
  return (
    isObject(value) &&
    ['apiVersion', 'kind', 'name', 'uid'].every((field) => isText(value[field])) &&
    (value['controller'] === undefined || typeof value['controller'] === 'boolean')
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrMissing(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isName(value: unknown, longest = Infinity): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= longest;
}

function hasNone(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}
