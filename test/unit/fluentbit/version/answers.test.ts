import { describe, expect, it } from 'vitest';
import { allowedByDefault } from '../../../../hooks/fluentbit/policy/plugins.ts';
import { answers, boundedAttempts } from '../../../../hooks/fluentbit/version/answers.ts';
import { problemsOf } from '../../../support/rendered-spec.ts';
import { open, rendered, secret } from '../render/parsed-file.ts';

type Properties = Record<string, string | number | boolean>;

const outputOf = (plugin: string, properties: Properties = {}) =>
  rendered({ outputs: [{ plugin, properties }] }, [open('index', 'logs-%Y'), secret('hidden', 'logs')]).parsed.pipeline
    .outputs[0] as Record<string, unknown>;

describe('answers of backends', () => {
  it('are known of every output that a policy allows by default, and of one that it may, with their source', () => {
    expect(Object.keys(answers).sort()).toEqual([...allowedByDefault('output'), 'bigquery'].sort());
    for (const { source } of Object.values(answers)) expect(source).toMatch(/^plugins\/out_[\w./-]+:\d+$/);
  });

  it.each(Object.keys(answers))('%s: retries have a bound where a refusal is one of their causes', (plugin) => {
    const bounded = answers[plugin]?.refusal === 'retried';
    expect(outputOf(plugin)['retry_limit']).toBe(bounded ? boundedAttempts : 'no_limits');
    expect(outputOf(plugin, { retry_limit: 7 })['retry_limit']).toBe(7);
  });

  it('no_limits are 5 attempts to s3, and are refused', () => {
    const of = (limit: string) =>
      problemsOf({ outputs: [{ plugin: 's3', properties: { bucket: 'abc', region: 'x', retry_limit: limit } }] });
    for (const limit of ['no_limits', 'off', 'false'])
      expect(of(limit)).toMatchObject([{ path: 'spec.outputs[0].properties.retry_limit', reason: 'InvalidValue' }]);
    for (const limit of ['2000', 'no_retries']) expect(of(limit)).toEqual([]);
  });
});

describe('documents of opensearch have an id of their content', () => {
  const ids = { generate_id: true, time_key_nanos: true };

  it.each<Properties>([
    {},
    { index: 'logs' },
    { index: "$kubernetes['namespace_name']" },
    { logstash_format: true },
    { write_operation: 'create' },
  ])('with %o', (properties) => expect(outputOf('opensearch', properties)).toMatchObject(ids));

  it.each<Properties>([
    { id_key: 'id' },
    { generate_id: false },
    { time_key_nanos: false },
    { current_time_index: true },
    // Beside ids Fluent Bit does not fill in the time.
    { index: 'logs-%Y.%m.%d' },
    { index: '$(index)' },
    { index: '$(hidden)' },
  ])('but not with %o', (properties) => {
    const output = outputOf('opensearch', properties);
    const written = Object.keys(output).filter((name) => Object.hasOwn(ids, name));
    expect(written).toEqual(Object.keys(properties).filter((name) => Object.hasOwn(ids, name)));
  });

  it('and those of es do not: it repeats nothing that was taken', () => {
    expect(outputOf('es')).not.toHaveProperty('generate_id');
  });
});
