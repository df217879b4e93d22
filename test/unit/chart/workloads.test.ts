import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readServerConfig } from '../../../hooks/config/server-config.ts';
import { hooksNodeOptions } from '../../support/hooks-node-options.ts';
import { find, podOf, type Rendered, render, variants } from '../../support/rendered-chart.ts';

function named(objects: readonly Rendered[], kind: string): string[] {
  return objects.filter((object) => object.kind === kind).map((object) => object.metadata.name);
}

describe('the hooks', () => {
  const hooks = (values: object) => podOf(render({ ...values }), 'Deployment', 'fluentbind');
  const variable = (values: object, name: string) =>
    hooks(values).spec.containers[0]?.env?.find((one) => one.name === name)?.value;

  it('read what the values say', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    writeFileSync(join(folder, 'digest-keys'), 'new\nold\n');
    const values = {
      btp: { enabled: true },
      controlNamespaces: ['ops', 'audit'],
      agent: { namespaces: ['edge'], image: { repository: 'mirror.example.com/agent', tag: '9' } },
      hooks: {
        port: 9443,
        listenAddress: '::',
        logLevel: 'warn',
        drainSeconds: 7,
        maxInFlight: 5,
        bodyLimit: '9mb',
      },
    };
    const { spec } = hooks(values);
    const environment = Object.fromEntries(
      (spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value.replace('/etc/fluentbind', folder)]),
    );
    expect(readServerConfig(environment)).toEqual({
      host: '::',
      port: 9443,
      tls: { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') },
      tokenFile: join(folder, 'tokens'),
      maxInFlight: 5,
      bodyLimit: '9mb',
      drainSeconds: 7,
      logLevel: 'warn',
      settings: {
        btpEnabled: true,
        controlNamespaces: ['ops', 'audit'],
        digestKeys: ['new', 'old'],
        agent: {
          image: 'mirror.example.com/agent:9',
          serviceAccount: 'fluentbind-agent',
          namespaces: ['logging', 'edge'],
        },
      },
      trial: {
        url: 'https://fluentbind-trial.logging.svc:8080',
        tokenFile: join(folder, 'trial-token'),
        caFile: join(folder, 'trial-ca.crt'),
      },
    });
    expect(spec.terminationGracePeriodSeconds).toBe(37);
    expect(find(render(values), 'Service', 'fluentbind').spec).toMatchObject({ ports: [{ port: 9443 }] });
  });

  it.each([
    ['1Gi', '665'],
    ['0.5Gi', '332'],
    ['600M', '371'],
    ['536870912', '332'],
  ])('a limit of %s leaves %s MiB for the heap', (memory, heap) => {
    const values = { hooks: { resources: { limits: { memory } } } };
    expect(variable(values, 'NODE_OPTIONS')).toBe(`--max-semi-space-size=8 --max-old-space-size=${heap}`);
  });

  it('run as they are measured, with the memory that they have by default or with any', () => {
    expect(variable({}, 'NODE_OPTIONS')).toBe(hooksNodeOptions);
    expect(variable({ hooks: { resources: { limits: null } } }, 'NODE_OPTIONS')).toBe('--max-semi-space-size=8');
  });

  it('are disrupted one at a time, where there are several', () => {
    expect(named(render(), 'PodDisruptionBudget')).toEqual(['fluentbind']);
    expect(named(render({ hooks: { replicas: 1 } }), 'PodDisruptionBudget')).toEqual([]);
  });

  it('leave the user to the platform where that is asked for', () => {
    const { spec } = hooks({ runAsUser: null });
    expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  });
});

describe('Metacontroller', () => {
  const args = (values: object) =>
    podOf(render({ ...values }), 'Deployment', 'fluentbind-metacontroller').spec.containers[0]?.args ?? [];

  it('of the release runs the controllers of the release', () => {
    const [, key = '', value] = /^--target-label-selector=([^=]+)=(.+)$/.exec(args({})[0] ?? '') ?? [];
    for (const { metadata } of render().filter(({ kind }) => kind === 'CompositeController'))
      expect(metadata.labels[key]).toBe(value);
    expect(args({})).toEqual(
      expect.arrayContaining(['--apply-strategy=server-side-apply', '--client-go-qps=100', '--workers=10']),
    );
    expect(args({})).not.toContain('--leader-election');
  });

  it('elects a leader where there are several', () => {
    expect(args({ metacontroller: { replicas: 2 } })).toContain('--leader-election-id=fluentbind-metacontroller');
  });

  it('that exists gets the labels that it asks for, and may call the hooks', () => {
    const objects = render(variants['existing']);
    expect(named(objects, 'Deployment')).toEqual(['fluentbind', 'fluentbind-trial']);
    for (const { metadata } of objects.filter(({ kind }) => kind === 'CompositeController'))
      expect(metadata.labels).toMatchObject({ run: 'by-platform' });
    expect(find(objects, 'NetworkPolicy', 'fluentbind').spec?.['ingress']).toContainEqual({
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'platform' } },
          podSelector: { matchLabels: { app: 'metacontroller' } },
        },
      ],
      ports: [{ protocol: 'TCP', port: 8443 }],
    });
  });
});

describe('names', () => {
  it.each([
    ['fluentbind', {}, 'fluentbind'],
    ['logs', {}, 'logs-fluentbind'],
    ['logs', { nameOverride: 'fb' }, 'logs-fb'],
    ['logs', { fullnameOverride: 'shipping' }, 'shipping'],
    [`a${'b'.repeat(52)}`, {}, `a${'b'.repeat(39)}`],
  ])('release %s, %o: %s', (release, values, name) => {
    const objects = render({ ...values }, release);
    find(objects, 'Deployment', name);
    find(objects, 'Deployment', `${name}-metacontroller`);
    for (const { metadata } of objects) {
      expect(metadata.name.length).toBeLessThanOrEqual(63);
      for (const value of Object.values(metadata.labels)) expect(value.length).toBeLessThanOrEqual(63);
    }
  });
});
