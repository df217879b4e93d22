import { get, set } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { review } from '../../hooks/admission/review.ts';
import { complete } from '../../hooks/binding/complete.ts';
import { resolve, type Sources } from '../../hooks/binding/resolve.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { reviewOf } from '../support/input/reviews.ts';
import { render } from '../support/rendered-spec.ts';
import { make } from '../support/world.ts';

/** A specification with a text in every field that takes one. */
const everything = {
  templateRef: { kind: 'ClusterTemplate', name: 't' },
  input: {
    containers: { include: ['a'], exclude: ['b'] },
    workloads: ['Deployment/a'],
    podSelector: {
      matchLabels: { app: 'a' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['b'] }],
    },
    namespaces: { include: ['shop'], exclude: ['other'] },
    multiline: ['m'],
  },
  enrich: {
    labels: { include: ['app'], exclude: ['b'] },
    annotations: { include: ['c'], exclude: ['d'] },
  },
  variables: [
    { name: 'x', value: 'a', pattern: '.*', enum: ['a'] },
    { name: 'y', valueFrom: { configMapKeyRef: { name: 'c', key: 'k', property: 'p' } }, default: 'b' },
    { name: 'z', valueFrom: { secretKeyRef: { name: 's', key: 'k', property: 'p' } } },
  ],
  files: [
    { name: 'f', content: 'text' },
    { name: 'g', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ],
  filters: [
    { plugin: 'modify', properties: {}, rules: ['add a b'] },
    { plugin: 'lua', properties: { call: 'f', code: 'function f() return 0 end' } },
    { plugin: 'grep', properties: { regex: ['log a'] } },
  ],
  outputs: [
    { id: 'main', plugin: 'http', properties: { host: 'a.example.com', uri: '/a', header: ['X y'], port: '443' } },
  ],
  parsers: [{ name: 'p', properties: { format: 'regex', regex: '(?<a>b)', time_key: 't', time_format: '%Y' } }],
  multilineParsers: [
    { name: 'm', properties: { type: 'regex' }, rules: [{ state: 'start_state', regex: 'a', next: 'start_state' }] },
  ],
  buffer: { limit: '1G' },
};

function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

const payloads = [
  '\n  outputs:\n    - name: file\n      match: "*"\n',
  '\r\n[OUTPUT]\r\n    Name exit\r\n    Match *\r\n',
  '"\n- name: exit\n',
  "'\npipeline: {outputs: [{name: exit}]}",
  '\n@INCLUDE /etc/passwd\n',
  '\n@SET a=b\n',
  '\u2028  outputs:\u2028    - name: exit',
  '\u2029- name: exit',
  '\ufeff- name: exit',
  '\u0085- name: exit',
  '\u0081\u009f',
  '\ufffe\uffff',
  '\n---\npipeline:\n',
  '\n# ',
  ': {match: "*"}',
  '*anchor',
  '&anchor',
  '!!binary x',
  '\t- name: exit',
  '\u0000',
  '"] = 1 os.execute("id") --',
  ']] os.execute("id") --[[',
];

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const none: Sources = { namespace: 'shop', secret: () => 'unasked', configMap: () => 'unasked' };

function fileOf(spec: unknown): string {
  const bound = complete(spec as Parameters<typeof complete>[0]);
  const { values } = resolve(bound.variables, bound.files, none, (name) => ({ called: name, path: 'spec' }));
  return render({ namespace: 'shop', name: 'logs', generation: 1, spec: bound, values }).file.text;
}

/** The file without its texts: what is there and how often. Of code that fluentbind writes the same. */
function shape(text: string): unknown {
  const outline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(outline);
    if (typeof value !== 'object' || value === null) return '';
    return Object.entries(value).map(([key, inner]) =>
      key === 'code' && !String(inner).startsWith('function f(')
        ? [key, String(inner).replace(/"[^"]*"/g, '""')]
        : [key, outline(inner)],
    );
  };
  return outline(parse(text, { version: '1.1', uniqueKeys: false }));
}

const fields = leaves(everything);
/** Here a text may have lines, goes into nothing that is rendered, or is written as escapes. */
const free = [
  /^files\.0\.content$/,
  /\.code$/,
  /^variables\.1\.default$/,
  /\.property$/,
  /^variables\.0\.pattern$/,
  /^multilineParsers\.0\.rules\.0\.regex$/,
  /^(input\.podSelector|enrich)\./,
];

describe('a text that would be structure', () => {
  it('is looked for in every field that takes a text', () => {
    expect(fields.length).toBeGreaterThanOrEqual(45);
  });

  it.each(fields.map((path) => [path.join('.'), path] as const))(
    'in %s is refused there, or stays a text',
    (name, path) => {
      for (const payload of payloads) {
        const spec = structuredClone(everything);
        set(spec, path, `${get(spec, path)}${payload}`);
        const { response } = review(JSON.parse(JSON.stringify(reviewOf(make.logging('logs', spec)))), context);
        const at = (response.status?.details.causes ?? []).map(({ field }) =>
          field.replace(/^spec\./, '').replace(/\[(\d+)\]/g, '.$1'),
        );
        const whole = path.join('.');
        const refused = at.some((field) => whole === field || whole.startsWith(`${field}.`));
        if (/[\n\r\u0000\u0085\u2028\u2029]/.test(payload) && !free.some((pattern) => pattern.test(name)))
          expect([payload, refused, at]).toEqual([payload, true, at]);
        if (refused) continue;
        const file = fileOf(spec);
        expect(shape(file)).toEqual(shape(fileOf(everything)));
        // The reader of Fluent Bit ends a line or the file there, and that of this test does not.
        expect(file).not.toMatch(/[\u0080-\u009f\u2028\u2029\ufeff\ufffe\uffff]/);
      }
    },
  );
});
