import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectionTag, parse, type ScalarTag, type YAMLSeq } from 'yaml';
import { z } from 'zod';
import { fieldPath } from '../../hooks/api/problems/problem.ts';
import { reasons } from '../../hooks/api/problems/reasons.ts';

/**
 * Which net has to catch it. `crd`: its schema, and the webhook too; `admission`: the webhook; `hook`: only who sees
 * Secrets, ConfigMaps and templates; `policy`: the policy that holds there; `trial`: only a real Fluent Bit.
 */
const Net = z.enum(['crd', 'admission', 'hook', 'policy', 'trial']);
/** What an agent would do with it: not start or end, start and do something else than it says, nothing wrong. */
const Fate = z.enum(['fatal', 'misread', 'fine', 'notApplicable']);
const Resource = z.enum(['logging', 'binding', 'template']);
const Reason = z.enum(Object.keys(reasons) as [keyof typeof reasons, ...(keyof typeof reasons)[]]);

/** What is told of a group of cases, or of one. */
const verdict = {
  net: Net,
  reason: Reason,
  path: z.string(),
  fluentBit: Fate,
  resource: Resource,
  /** The namespace of an agent whose policy lets tenants write code, in the place of one with the default policy. */
  agent: z.literal('lenient'),
  /** The API server drops the field, so that nothing changes. */
  pruned: z.boolean(),
  /** What the ServiceBindingConfig says of its template, where that is something else. */
  bound: z.strictObject({ reason: Reason, path: z.string() }),
  /** Data of the victim's Secret and ConfigMap that change; null takes a key away. */
  secret: z.record(z.string(), z.string().nullable()),
  secretType: z.string(),
  configMap: z.record(z.string(), z.coerce.string()),
  metadata: z.strictObject({ name: z.string() }),
};
const Verdict = z.object(verdict).partial();
const Group = z.strictObject({
  ...Verdict.shape,
  theme: z.string(),
  /** Under every case. */
  over: z.record(z.string(), z.unknown()).optional(),
  /** Where in the spec the value of a case stands; `$` is the name of the case. Without it a case is a part of a spec. */
  set: z.array(z.union([z.string(), z.number()])).optional(),
  cases: z.record(z.string(), z.unknown()),
});

/** A bad configuration: what is laid over a good one, and what must become of it. */
const Entry = z.strictObject({
  ...Verdict.shape,
  name: z.string(),
  net: Net,
  reason: Reason,
  path: z.string(),
  fluentBit: Fate,
  resource: Resource,
  spec: z.record(z.string(), z.unknown()),
  over: z.record(z.string(), z.unknown()).optional(),
});
export type Entry = z.infer<typeof Entry>;

/** `!repeat [text, times]` and `!times [item, times]`: what is too large to be written out; `$` in an item is its number. */
const customTags: (ScalarTag | CollectionTag)[] = [
  {
    tag: '!repeat',
    collection: 'seq',
    resolve: (sequence) => {
      const [text, times] = (sequence as YAMLSeq).toJSON() as [string, number];
      return text.repeat(times) as never;
    },
  },
  {
    tag: '!times',
    collection: 'seq',
    resolve: (sequence) => {
      const [item, times] = (sequence as YAMLSeq).toJSON() as [unknown, number];
      return Array.from({ length: times }, (_, index) =>
        typeof item === 'string' ? item.replace('$', String(index)) : structuredClone(item),
      ) as never;
    },
  },
];

const told = Object.keys(verdict);

function entries(file: string): Entry[] {
  const groups = z.array(Group).parse(parse(readFileSync(file, 'utf8'), { customTags }));
  return groups.flatMap(({ theme, over, set, cases, ...shared }) =>
    Object.entries(cases).map(([name, given]) => {
      const wrapped =
        set === undefined || (isMap(given) && 'value' in given) ? (given as Record<string, unknown>) : { value: given };
      const { value, ...beside } = wrapped;
      const own = Object.fromEntries(Object.entries(beside).filter(([key]) => told.includes(key)));
      const fragment = Object.fromEntries(Object.entries(beside).filter(([key]) => !told.includes(key)));
      const place = set?.map((segment) => (segment === '$' ? name : segment));
      const entry = {
        resource: 'logging',
        ...(place === undefined ? {} : { path: fieldPath(['spec', ...place]) }),
        ...shared,
        ...own,
        name: `${theme}: ${printable(name)}`,
        over,
        spec: place === undefined ? fragment : { ...fragment, ...at(place, value) },
      };
      return Entry.parse(entry);
    }),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function printable(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}

/** A value in a structure that has nothing else; holes in lists are what stands below. */
function at([first, ...rest]: readonly (string | number)[], value: unknown): Record<string, unknown> {
  const inner = rest.length === 0 ? value : at(rest, value);
  if (typeof first !== 'number') return { [String(first)]: inner };
  const list: unknown[] = [];
  list[first] = inner;
  return list as unknown as Record<string, unknown>;
}

const folder = import.meta.dirname;

export const corpus: readonly Entry[] = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .flatMap((name) => entries(join(folder, name)));
