import { describe, expect, it } from 'vitest';
import { complete } from '../../../../hooks/binding/complete.ts';
import type { Value } from '../../../../hooks/kubernetes/value.ts';
import { problemsOf, render } from '../../../support/rendered-spec.ts';
import { open as openValue, secret } from '../render/parsed-file.ts';

describe('names of identities', () => {
  const bucket = { bucket: 'bucket', region: 'r' };

  it.each([
    ['s3', { ...bucket, role_arn: 'a'.repeat(513) }],
    ['kinesis_streams', { region: 'r', stream: 's', role_arn: 'a'.repeat(513) }],
    ['http', { aws_role_arn: 'a'.repeat(513) }],
    ['es', { aws_external_id: 'a'.repeat(513) }],
  ])('are bounded where a policy allows them, too: %s', (plugin, properties) => {
    const path = `spec.outputs[0].properties.${Object.keys(properties).at(-1)}`;
    const found = problemsOf({ outputs: [{ plugin, properties }] });
    expect(found).toMatchObject([{ reason: 'InvalidValue', path }]);
    expect(found[0]?.message).toContain('Its length is not within its bounds');
  });

  it('may have the length that those of a cloud have', () => {
    expect(problemsOf({ outputs: [{ plugin: 's3', properties: { ...bucket, role_arn: 'a'.repeat(512) } }] })).toEqual(
      [],
    );
  });
});

describe('stackdriver', () => {
  const found = (properties: object) =>
    problemsOf({ outputs: [{ plugin: 'stackdriver', properties: properties as Record<string, string> }] });

  it.each([
    [{ resource: 'k8s_pod' }, 'It needs k8s_cluster_name, k8s_cluster_location.'],
    [{ resource: 'generic_node', location: 'l' }, 'It needs namespace, node_id.'],
    [{ resource: 'generic_task', location: 'l', namespace: 'n', job: 'j' }, 'It needs task_id.'],
    [{ service_account_secret: 's' }, 'It needs service_account_email.'],
  ])('says what a resource lacks: %j', (properties, message) => {
    expect(found(properties).map((problem) => problem.message)).toContain(message);
  });

  it('takes labels in its place', () => {
    expect(found({ resource: 'k8s_pod', resource_labels: 'a=b' })).toEqual([]);
  });
});

describe('what an output waits for', () => {
  const file = (plugin: string, properties: Record<string, string>) => {
    const spec = complete({ outputs: [{ plugin, properties }] });
    return render({ namespace: 'shop', name: 'logs', generation: 1, spec, values: new Map() }).file.text;
  };
  const oauth = { 'oauth2.enable': 'on', 'oauth2.token_url': 'https://a', 'oauth2.client_id': 'c' };

  it('is bounded: answers, and tokens where it asks for them', () => {
    expect(file('es', { host: 'a' })).toContain('      net.io_timeout: 10s\n');
    expect(file('es', { host: 'a', 'net.io_timeout': '5s' })).not.toContain('10s');
    expect(file('null', {})).not.toContain('net.');
    expect(file('http', { host: 'a' })).not.toContain('oauth2');
    expect(file('http', { host: 'a', ...oauth })).toContain('      oauth2.timeout: 8s\n');
  });

  it('ends before others notice', () => {
    const reasons = (value: string) =>
      problemsOf({ outputs: [{ plugin: 'es', properties: { host: 'a', 'net.io_timeout': value } }] }).length;
    expect(reasons('10s')).toBe(0);
    expect(reasons('11s')).toBe(1);
    expect(reasons('0')).toBe(1);
  });
});

describe('a text that is too long for each record', () => {
  const found = (variable: Value) =>
    problemsOf({ outputs: [{ plugin: 'http', properties: { host: 'a', json_date_key: '$(v)' } }] }, [variable]);

  it('is refused with its length and the bound, that of a secret with the bound alone', () => {
    const [open, sealed] = [found(openValue('v', 'x'.repeat(4321))), found(secret('v', 'x'.repeat(4321)))];
    expect(open).toMatchObject([{ reason: 'InvalidValue', hint: 'It may have at most 2048 bytes.' }]);
    expect(open[0]?.message).toContain('It is 4321 bytes long.');
    expect(sealed).toMatchObject([{ reason: 'InvalidValue', hint: 'It may have at most 2048 bytes.' }]);
    expect(JSON.stringify(sealed)).not.toMatch(/4321|xxx/);
  });
});
