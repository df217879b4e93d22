import fc from 'fast-check';
import { describe, it } from 'vitest';
import { bindingSpec, pipelineSpec, text } from '../../support/input/random-specs.ts';
import { answersTwice, request } from '../../support/input/request-mutations.ts';
import { make } from '../../support/world.ts';

const status = fc.oneof(
  fc.constant(undefined),
  fc.constant({
    applied: [{ kind: 'ConfigMap', name: 'logs-fluent-bit', revision: 'x', keys: ['a'] }],
    conditions: [],
  }),
);
const base64 = fc.oneof(
  text.map((t) => Buffer.from(t).toString('base64')),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  text,
);
const data = fc.dictionary(fc.constantFrom('host', 'cert', 'key', '.metadata', 'credentials', 'a'), base64, {
  maxKeys: 4,
});

const runs = Number(process.env['FLUENTBIND_RUNS'] ?? 2000);

describe('random resources', () => {
  it('never make the hooks of a ServiceBindingConfig throw, and give equal replies to equal requests', () => {
    fc.assert(
      fc.property(bindingSpec, pipelineSpec, data, status, fc.boolean(), (spec, template, secret, before, child) => {
        const parent = { ...make.binding('logs', spec as object), status: before };
        parent.metadata.uid = 'u';
        const related = [{ ...make.template('t', template as object) }, { ...make.secret('cls', {}), data: secret }];
        const children = child
          ? [{ ...make.logging('logs', template as object), status: { observedGeneration: 1 } }]
          : [];
        const body = request(parent, [...related, ...children], children);
        answersTwice('/hooks/servicebindingconfigs/sync', body);
        answersTwice('/hooks/servicebindingconfigs/customize', body);
      }),
      { numRuns: runs },
    );
  });

  it('never make those of a LoggingConfiguration throw either', () => {
    fc.assert(
      fc.property(pipelineSpec, data, status, data, (spec, secret, before, child) => {
        const parent = { ...make.logging('logs', spec as object), status: before };
        const children = [
          make.configMap('logs-fluent-bit', child),
          { ...make.secret('logs-fluent-bit', {}), data: child },
        ];
        const body = request(parent, [{ ...make.secret('cls', {}), data: secret }, ...children], children);
        answersTwice('/hooks/loggingconfigurations/sync', body);
        answersTwice('/hooks/loggingconfigurations/customize', body);
      }),
      { numRuns: runs, examples: [[{ filters: [{ plugin: { toString: '' } }] }, {}, undefined, {}]] },
    );
  });
});
