import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { fates } from '../../fluent-bit/tables/checks-table.ts';
import { crossFieldCases } from '../../support/input/cross-field-cases.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { terminal } from '../../support/terminal.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const outputs = [{ plugin: 'null' }];

/** Single objects of every kind, most of them bad, each with a name of its own. */
const corpus: KubernetesObject[] = [
  ...fates.flatMap(([, , fragment]): [string, object][] => [
    ['LoggingConfiguration', { outputs, ...fragment }],
    ['ClusterTemplate', { outputs, ...fragment }],
    ['ServiceBindingConfig', { templateRef: { name: 'absent' }, filters: fragment['filters'] ?? [] }],
  ]),
  ...crossFieldCases.map(([kind, , spec]): [string, object] => [kind, spec]),
  [
    'LoggingConfiguration',
    { outputs: [{ plugin: 'http', properties: { host: 'a', http_passwd: 'x', 'tls.verify': false } }] },
  ] as const,
  ['LoggingConfiguration', { outputs, input: { namespaces: { include: ['bank'] } } }] as const,
  ['FluentBitAgent', { namespace: 'logs', policy: { outputs: { allow: ['htp'] } } }] as const,
].map(([kind, spec], index) => ({
  apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
  kind,
  metadata: { name: `case-${index}`, ...(/^(Cluster|Fluent)/.test(kind) ? {} : { namespace: 'shop' }) },
  spec: JSON.parse(JSON.stringify(spec)) as unknown,
}));

const said = new Map<string, string[]>();
beforeAll(async () => {
  const file = corpus
    .map((object) => stringify(object, { version: '1.1', aliasDuplicateObjects: false }))
    .join('---\n');
  const { err } = await terminal({ 'all.yaml': file }, 'validate', '-n', 'shop', '-f', '.');
  for (const [, severity, reason, name = '', path] of err.matchAll(
    /^all\.yaml:\d+:\d+: (error|warning): (\w+): \w+ (?:[\w-]+\/)?(case-\d+), (.*?): /gm,
  ))
    said.set(name, [...(said.get(name) ?? []), `${severity} ${reason} ${path}`]);
}, 300_000);

describe('validate', () => {
  const judged = corpus.map((object) => ({ object, response: review(reviewOf(object), context).response }));

  it('is tried on enough, of every kind', () => {
    const refused = judged.filter(({ response }) => !response.allowed).map(({ object }) => object.kind);
    expect(refused.length).toBeGreaterThan(200);
    expect(new Set(refused)).toEqual(new Set(corpus.map(({ kind }) => kind)));
  });

  it.each(judged)('says what admission says of $object.metadata.name, a $object.kind', ({ object, response }) => {
    const all = said.get(object.metadata.name) ?? [];
    for (const { reason, field } of response.status?.details.causes ?? [])
      expect(all).toContain(`error ${reason} ${field}`);
    for (const warning of response.warnings ?? [])
      expect(all.map((line) => line.split(' ')[2])).toContain(warning.split(': ')[0]);
    // Nobody says more of a template than it does itself.
    if (object.kind === 'ClusterTemplate')
      expect(all.length > 0).toBe(!response.allowed || (response.warnings ?? []).length > 0);
  });
});
