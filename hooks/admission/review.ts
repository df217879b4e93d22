import { cut } from '../api/depth.ts';
import { apiVersion, group, type KubernetesObject } from '../api/object.ts';
import { AdmissionResponse, AdmissionReview, AdmittedObject, reviewVersion } from '../api/wire/admission.ts';
import type { Context } from '../kit/controller.ts';
import { BadRequest } from '../kit/request.ts';
import { type Decision, decide } from './decide.ts';
import { causes, summary, warnings } from './texts.ts';

const fine: Decision = { refused: [], warned: [] };

/**
 * The answer to an AdmissionReview: a function of the one object in it. What did not change is not judged, so that an
 * object which an older version let through can still be labelled, switched off and deleted.
 */
export function review(body: unknown, context: Context): AdmissionResponse {
  const { request } = read(AdmissionReview, body);
  const object = judged(request);
  const { refused, warned } = object === undefined ? fine : decide(object, context);
  return AdmissionResponse.parse({
    apiVersion: reviewVersion,
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: refused.length === 0,
      ...(object === undefined || refused.length === 0
        ? {}
        : {
            status: {
              status: 'Failure',
              code: 422,
              reason: 'Invalid',
              message: summary(refused),
              details: { group, kind: object.kind, name: object.metadata.name, causes: causes(refused) },
            },
          }),
      ...(warned.length === 0 ? {} : { warnings: warnings(warned) }),
    },
  });
}

/** The object of a request, where there is anything to judge. */
function judged({ operation, subResource, ...request }: AdmissionReview['request']): KubernetesObject | undefined {
  const { kind, version } = request.kind;
  const ours = request.kind.group === group && `${group}/${version}` === apiVersion;
  if (!ours || (subResource ?? '') !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  const { metadata, ...content } = read(AdmittedObject, request.object);
  if ((metadata.deletionTimestamp ?? '') !== '') return undefined;
  if (operation === 'UPDATE' && same(substance(content), substance(read(AdmittedObject, request.oldObject))))
    return undefined;
  const namespace = metadata.namespace ?? request.namespace ?? '';
  return { ...cut(content), kind, metadata: { ...metadata, ...(namespace === '' ? {} : { namespace }) } };
}

/**
 * What is judged of an object. Not the switches: whoever stops what is no longer valid must be able to, and the hooks
 * do so with a child that stays as it was.
 */
function substance({ spec }: Readonly<Record<string, unknown>>): unknown {
  if (typeof spec !== 'object' || spec === null) return spec;
  const { enabled: _enabled, suspend: _suspend, ...rest } = spec as Record<string, unknown>;
  return rest;
}

/** Without recursion: nothing bounds how deep a request is. */
function same(one: unknown, other: unknown): boolean {
  const pairs = [[one, other]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    if (Object.is(a, b)) continue;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
    if (Array.isArray(a) !== Array.isArray(b) || left.size !== right.size) return false;
    for (const [key, value] of left) {
      if (!right.has(key)) return false;
      pairs.push([value, right.get(key)]);
    }
  }
  return true;
}

function read<T extends typeof AdmissionReview | typeof AdmittedObject>(schema: T, value: unknown) {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as T['_output'];
  throw new BadRequest('no AdmissionReview of admission.k8s.io/v1');
}
