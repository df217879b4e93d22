import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { BadRequest } from '../../../hooks/kit/request.ts';
import { bindingSpec, pipelineSpec } from '../../support/input/random-specs.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const runs = Number(process.env['FLUENTBIND_RUNS'] ?? 500);

/** Asks, and says how much of this process's time the answer took. */
function timed(body: unknown): { answer: unknown; milliseconds: number } {
  const sent = JSON.stringify(body);
  const before = process.cpuUsage();
  const answer = review(JSON.parse(sent), context);
  return { answer, milliseconds: process.cpuUsage(before).user / 1000 };
}

describe('random reviews', () => {
  const kinds: Record<string, (spec: object) => KubernetesObject> = {
    ServiceBindingConfig: (spec) => make.binding('logs', spec),
    LoggingConfiguration: (spec) => make.logging('logs', spec),
    ClusterTemplate: (spec) => make.template('t', spec),
    Template: (spec) => make.ownTemplate('t', spec),
    FluentBitAgent: (spec) => ({ ...make.template('a', spec), kind: 'FluentBitAgent' }),
  };
  it.each(Object.entries(kinds))('of a %s never throw, are answered at once, and twice alike', (kind, object) => {
    const specs = kind === 'ServiceBindingConfig' ? bindingSpec : pipelineSpec;
    fc.assert(
      fc.property(specs, fc.option(specs), (spec, before) => {
        const change = before === null ? {} : { operation: 'UPDATE', oldObject: object(before as object) };
        const body = reviewOf(object(spec as object), change);
        const { answer, milliseconds } = timed(body);
        expect(milliseconds).toBeLessThan(1000);
        expect(timed(body).answer).toEqual(answer);
      }),
      { numRuns: runs },
    );
  });

  it('that are none are refused as such', () => {
    const good = reviewOf(make.logging('logs', { outputs: [{ plugin: 'null' }] }));
    const noise = fc.anything({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good.request)), noise, noise, (field, value, whole) => {
        for (const body of [
          whole,
          { ...good, request: value },
          { ...good, request: { ...good.request, [field]: value } },
        ])
          try {
            review(body, context);
          } catch (error) {
            expect(error).toBeInstanceOf(BadRequest);
          }
      }),
      { numRuns: runs },
    );
  });
});

describe('large reviews', () => {
  const size = 1_400_000;
  const fill = (unit: string, length = 260_000) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const list = <T>(count: number, item: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => item(index));
  const outputs = [{ plugin: 'null' }];
  const filters = (count: number, item: object) => ({ outputs, filters: list(count, () => item) });
  const lua = (code: string) => filters(5, { plugin: 'lua', properties: { call: 'f', code } });
  const grep = (regex: unknown) => filters(5, { plugin: 'grep', properties: { regex } });
  const map = (count: number, value: unknown) => Object.fromEntries(list(count, (index) => [`p${index}`, value]));

  it.each<[string, object]>([
    ['properties without end', { outputs: [{ plugin: 'http', properties: map(120_000, 1) }] }],
    ['properties that are none', { outputs: [{ plugin: 'http', properties: map(120_000, {}) }] }],
    ['labels without end', { outputs, input: { podSelector: { matchLabels: map(120_000, 'x') } } }],
    ['outputs that are none', { outputs: list(280_000, () => null) }],
    ['fields without end', { outputs, ...map(120_000, 1) }],
    ['code', lua(fill('x=1 '))],
    ['nested code', lua(fill('('))],
    ['nested groups', grep(`log ${fill('(')}`)],
    ['alternatives', grep(`log ${fill('a|')}b`)],
    ['repetition of repetition', grep('log ((((a{1,1000}){1,1000}){1,1000}){1,1000})')],
    ['variables that do not end', grep(fill('${'))],
    ['variables that are not there', grep(list(256, (index) => `log $(${fill('y', 900)}${index})`))],
    [
      'parsers that are not there',
      filters(5, {
        plugin: 'multiline',
        properties: { 'multiline.key_content': 'log', 'multiline.parser': fill('a,b,') },
      }),
    ],
    [
      'a file of many',
      {
        ...filters(64, { plugin: 'grep', rules: list(64, () => 'regex a b') }),
        outputs: list(16, (index) => ({ id: `o${index}`, plugin: 'null' })),
      },
    ],
    ['rules that are none', filters(24, { plugin: 'modify', rules: list(256, () => fill('rename ', 200)) })],
    [
      'certificates that do not end',
      {
        outputs: list(16, (index) => ({
          id: `o${index}`,
          plugin: 'http',
          properties: { host: 'a', tls: true, 'tls.ca_file': `$(f${index})` },
        })),
        files: list(16, (index) => ({ name: `f${index}`, content: fill('-----BEGIN CERTIFICATE-----', 65_000) })),
      },
    ],
    [
      'patterns',
      { outputs, variables: list(20, (index) => ({ name: `v${index}`, value: fill('a', 65_000), pattern: '(a+)+$' })) },
    ],
  ])('%s: answered within a second', (_, spec) => {
    const objects = [
      make.logging('l', spec),
      make.template('t', spec),
      make.binding('s', { templateRef: { name: 't' }, ...spec, outputs: undefined }),
    ];
    for (const object of objects) {
      const body = reviewOf(object);
      expect(JSON.stringify(body).length).toBeLessThan(size * 1.5);
      expect(timed(body).milliseconds).toBeLessThan(1000);
    }
  });
});
