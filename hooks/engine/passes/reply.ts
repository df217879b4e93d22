import { omit } from 'lodash-es';
import { z } from 'zod';
import type { KubernetesObject } from '../../api/object.ts';
import type { HookDefinition } from '../definition.ts';

/** Go decodes null into the zero value, which is the absent one. */
const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value): z.output<T> | undefined => value ?? undefined);

const json = z.record(z.string(), z.unknown());
const text = z.string();
const textOrNone = text.nullish().transform((value) => value ?? '');

/**
 * Only the kind is looked at when a child is decoded. Whatever else is wrong shows itself when it is applied: what is
 * no text is read as none.
 */
const Child = z.looseObject({ kind: z.string().min(1) }).transform((child) => {
  const metadata = json.catch({}).parse(child['metadata']);
  const name = text.catch('').parse(metadata['name']);
  const namespace = text.optional().catch(undefined).parse(metadata['namespace']);
  const apiVersion = text.catch('').parse(child['apiVersion']);
  const identity = namespace === undefined ? { name } : { name, namespace };
  return { ...child, apiVersion, metadata: { ...omit(metadata, 'namespace'), ...identity } } as KubernetesObject;
});

const LabelSelector = z.looseObject({
  matchLabels: optional(z.record(text, text)),
  matchExpressions: optional(
    z.array(z.looseObject({ key: textOrNone, operator: textOrNone, values: optional(z.array(text)) })),
  ),
});

const Rule = z.looseObject({
  apiVersion: textOrNone,
  resource: textOrNone,
  labelSelector: optional(LabelSelector),
  namespaceSelector: optional(LabelSelector),
  namespace: optional(text),
  names: optional(z.array(text)),
});

const timing = { resyncAfterSeconds: optional(z.number()), finalized: optional(z.boolean()) };
const patch = optional(z.record(text, text.nullable()));

const schemas = {
  composite: z.looseObject({ status: optional(json), children: optional(z.array(Child)), ...timing }),
  decorator: z.looseObject({
    labels: patch,
    annotations: patch,
    status: optional(json),
    attachments: optional(z.array(Child)),
    ...timing,
  }),
  customize: z.looseObject({ relatedResources: optional(z.array(Rule)) }),
};

export type ReplyType = keyof typeof schemas;
export type Reply<T extends ReplyType> = z.output<(typeof schemas)[T]>;
/** A rule of a customize hook (ResourceRule of Metacontroller). */
export type Rule = z.output<typeof Rule>;

/** Something in a reply that Metacontroller does not decode. */
export class ReplyError extends Error {}

/**
 * A reply as Metacontroller decodes it: types are checked, null is nothing, and `null` or `{}` as a whole is a valid
 * reply without children. Unknown fields of the envelope and of rules are refused in strict mode only, which is the
 * default of v2.
 */
export function decodeReply<T extends ReplyType>(type: T, body: string, hook: HookDefinition): Reply<T> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ReplyError('the body is not JSON');
  }
  if (type !== 'customize') refuseNullChild(value);
  const decoded = schemas[type].safeParse(value ?? {});
  if (!decoded.success) {
    const [issue] = decoded.error.issues;
    throw new ReplyError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const strict = (hook.webhook?.responseUnMarshallMode ?? (hook.version === 'v2' ? 'strict' : 'loose')) === 'strict';
  const [unknown] = strict ? unknownFields(type, value) : [];
  if (unknown !== undefined) throw new ReplyError(`strict validation failed: unknown field "${unknown}"`);
  return decoded.data as Reply<T>;
}

function refuseNullChild(value: unknown): void {
  const { children, attachments } = (value ?? {}) as Record<string, unknown>;
  if ([children, attachments].some((list) => Array.isArray(list) && list.includes(null)))
    throw new ReplyError('a null child ends the process of Metacontroller');
}

/** Fields of the envelope and of rules that Metacontroller drops without a word in loose mode. */
export function unknownFields(type: ReplyType, value: unknown): string[] {
  const reply = (value ?? {}) as Record<string, unknown>;
  const own = unknownKeys(reply, schemas[type].shape, '');
  if (type !== 'customize') return own;
  const rules = (reply['relatedResources'] ?? []) as Record<string, unknown>[];
  return [...own, ...rules.flatMap((rule, index) => unknownInRule(rule, `relatedResources[${index}].`))];
}

function unknownInRule(rule: Record<string, unknown>, path: string): string[] {
  const selectors = (['labelSelector', 'namespaceSelector'] as const).flatMap((field) => {
    const selector = (rule[field] ?? {}) as Record<string, unknown>;
    const expressions = (selector['matchExpressions'] ?? []) as Record<string, unknown>[];
    return [
      ...unknownKeys(selector, LabelSelector.shape, `${path}${field}.`),
      ...expressions.flatMap((expression, index) =>
        unknownKeys(expression, { key: 1, operator: 1, values: 1 }, `${path}${field}.matchExpressions[${index}].`),
      ),
    ];
  });
  return [...unknownKeys(rule, Rule.shape, path), ...selectors];
}

function unknownKeys(object: Record<string, unknown>, known: object, path: string): string[] {
  return Object.keys(object)
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => `${path}${key}`);
}
