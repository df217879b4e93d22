import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../hooks/config/config-source.ts';
import { readInCluster } from '../../../hooks/config/in-cluster.ts';
import { readSidecarConfig } from '../../../hooks/config/sidecar-config.ts';

describe('the environment of a sidecar', () => {
  it.each([
    ['PORT', ['-1', '65536', '1.5', 'x']],
    ['LOG_LEVEL', ['loud', '']],
    ['AGENT_URL', ['https://127.0.0.1:2020', '127.0.0.1:2020', 'http://']],
    ['BUFFER_TOTAL', ['10GB', '-1', '1.5Gi', '']],
    ['ANYWAY', ['-1', '1.5', 'x']],
    ['ONCE_SECONDS', ['-1', 'x']],
    ['TRIAL_SECONDS', ['0.4', '61', 'x']],
    ['TRIAL_MEMORY_MIB', ['63', '64.5', 'x']],
  ])('names FLUENTBIND_%s where it is wrong', (name, values) => {
    for (const value of values) {
      const read = () => readSidecarConfig({ [`FLUENTBIND_${name}`]: value });
      expect(read, value).toThrow(ConfigError);
      expect(read, value).toThrow(`FLUENTBIND_${name}: `);
    }
  });

  it('names all that is wrong, a line each', () => {
    const read = () => readSidecarConfig({ FLUENTBIND_PORT: 'x', FLUENTBIND_TRIAL_SECONDS: '0' });
    expect(read).toThrow(/^FLUENTBIND_PORT: .*\nFLUENTBIND_TRIAL_SECONDS: .*$/);
  });

  it('is complete without a word', () => {
    expect(readSidecarConfig({})).toMatchObject({ port: 2021, bufferTotal: 10 * 1024 ** 3, trial: { memoryMiB: 128 } });
    expect(readSidecarConfig({ FLUENTBIND_BUFFER_TOTAL: '512Mi' }).bufferTotal).toBe(512 * 1024 ** 2);
    expect(readSidecarConfig({ FLUENTBIND_POD: 'p' })).not.toHaveProperty('pod');
    expect(readSidecarConfig({ FLUENTBIND_POD: 'p', FLUENTBIND_POD_UID: 'u' }).pod).toEqual({ name: 'p', uid: 'u' });
  });
});

describe('the environment of a pod', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluentbind-pod-'));
  for (const name of ['ca.crt', 'token', 'namespace']) writeFileSync(join(folder, name), `${name}\n`);
  const environment = {
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    FLUENTBIND_SERVICE_ACCOUNT_FOLDER: folder,
  };

  it('says where the API server is, and who asks', () => {
    const found = { host: '10.0.0.1', port: 443, ca: 'ca.crt', token: 'token', namespace: 'namespace' };
    expect(readInCluster(environment)).toEqual(found);
    expect(readInCluster({ ...environment, KUBERNETES_SERVICE_PORT: '65535' }).port).toBe(65_535);
  });

  it.each([
    { KUBERNETES_SERVICE_HOST: undefined },
    ...['', '0', '65536', '99999', '1.5', 'x'].map((port) => ({
      KUBERNETES_SERVICE_PORT: port,
    })),
  ])('is none with %j', (wrong) => {
    expect(() => readInCluster({ ...environment, ...wrong })).toThrow('runs in a pod of the cluster');
  });

  it('names a file that is missing', () => {
    const missing = join(folder, 'none');
    expect(() => readInCluster({ ...environment, FLUENTBIND_SERVICE_ACCOUNT_FOLDER: missing })).toThrow(
      `cannot read ${missing}/ca.crt: ENOENT`,
    );
  });
});
