import dns from 'node:dns';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readServerConfig, readTrialConfig } from '../../../hooks/config/server-config.ts';
import { plan, type SecretObject } from '../../../hooks/install/credential-secrets.ts';
import { trialClient } from '../../../hooks/server/trial-client.ts';
import { listenTrials } from '../../../hooks/server/trials/listen-trials.ts';
import { scene, standIn } from '../../support/fluent-bit/stand-in.ts';
import {
  chartFolder,
  find,
  helm,
  podOf,
  type Rendered,
  render,
  type Values,
  valuesFile,
  variants,
} from '../../support/rendered-chart.ts';

const name = 'fluentbind-trial';
const pod = (values: Values = {}) => podOf(render(values), 'Deployment', name).spec;
const container = (values: Values = {}) => {
  const [first] = pod(values).containers;
  if (first === undefined) throw new Error('no container');
  return first;
};
const selector = (component: string) => ({
  matchLabels: {
    'app.kubernetes.io/name': 'fluentbind',
    'app.kubernetes.io/instance': 'fluentbind',
    'app.kubernetes.io/component': component,
  },
});
const policy = (objects: readonly Rendered[], of: string) => find(objects, 'NetworkPolicy', of).spec;
const toTrial = (end: string, component: string) => ({
  [end]: [{ podSelector: selector(component) }],
  ports: [{ protocol: 'TCP', port: 8080 }],
});

describe('the pod of the trial server', () => {
  it('holds nothing but its own key and the tokens that it accepts', () => {
    for (const variant of ['default', 'provided', 'cert-manager', 'everything']) {
      const { volumes = [], serviceAccountName, automountServiceAccountToken } = pod(variants[variant]);
      const prefix = variant === 'provided' ? 'my' : 'fluentbind';
      expect(volumes.flatMap(({ projected }) => projected?.sources ?? []).map(({ secret }) => secret)).toEqual([
        {
          name: `${prefix}-trial-tls`,
          items: [
            { key: 'tls.crt', path: 'tls.crt' },
            { key: 'tls.key', path: 'tls.key' },
          ],
        },
        { name: `${prefix}-trial-token`, items: [{ key: 'tokens', path: 'tokens' }] },
      ]);
      expect(volumes.map((volume) => Object.keys(volume).filter((key) => key !== 'name'))).toEqual([
        ['projected'],
        ['emptyDir'],
      ]);
      expect(automountServiceAccountToken).toBe(false);
      const bound = render(variants[variant]).filter(({ subjects = [] }) =>
        subjects.some((subject) => subject.name === serviceAccountName),
      );
      expect(bound).toEqual([]);
      expect(container(variants[variant])).not.toHaveProperty('envFrom');
      for (const variable of container(variants[variant]).env ?? [])
        expect(Object.keys(variable)).toEqual(['name', 'value']);
    }
  });

  it('is called by the hooks only, and calls nobody', () => {
    const objects = render();
    expect(policy(objects, name)).toEqual({
      podSelector: selector('trial'),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [toTrial('from', 'hooks')],
      egress: [],
    });
    const { egress } = policy(objects, 'fluentbind') as { egress: { ports: { port: number }[] }[] };
    expect(egress[0]).toEqual(toTrial('to', 'trial'));
    expect(egress[1]?.ports.map(({ port }) => port)).toEqual([53, 53, 5353, 5353, 8053, 8053]);
    expect(egress).toHaveLength(2);
    expect(policy(render({ trial: { enabled: false } }), 'fluentbind')).toMatchObject({ egress: [] });
    expect(find(objects, 'Service', name).spec).toMatchObject({ ports: [{ port: 8080 }] });
    expect(find(objects, 'Service', name).spec?.['selector']).toEqual(selector('trial').matchLabels);
  });

  it('is not there where it is switched off, which the notes say', () => {
    const notes = (values: Values) =>
      helm('install', 'fluentbind', chartFolder, '--dry-run=client', '-f', valuesFile(values)).split('NOTES:')[1];
    expect(notes({ trial: { enabled: false } })).toMatch(/^Without the trial server \(trial\.enabled\) no Fluent Bit/m);
    expect(notes({})).not.toContain('Without the trial server');
    const objects = render({ trial: { enabled: false } });
    expect(objects.filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === 'trial')).toEqual([]);
    expect(JSON.stringify(podOf(objects, 'Deployment', 'fluentbind'))).not.toMatch(/trial/i);
  });

  it.each<[string, object, string, string, string]>([
    ['the default', {}, '750Mi', '80', '64Mi'],
    ['five at once', { concurrency: 5 }, '1650Mi', '80', '160Mi'],
    ['large ones', { memoryMiB: 1000 }, '2238Mi', '80', '64Mi'],
    ['small ones', { memoryMiB: 64 }, '750Mi', '80', '64Mi'],
    ['a limit', { resources: { limits: { memory: '1Gi' } } }, '1Gi', '354', '64Mi'],
    ['the least limit', { resources: { limits: { memory: '750Mi' } } }, '750Mi', '80', '64Mi'],
    ['another limit', { resources: { limits: { cpu: 1 } } }, '750Mi', '80', '64Mi'],
  ])('%s: memory for all trials at once and for the server', (_, trial, limit, heap, scratch) => {
    const { resources, env } = container({ trial });
    expect(resources.limits['memory']).toBe(limit);
    expect(env).toContainEqual({ name: 'NODE_OPTIONS', value: `--max-old-space-size=${heap}` });
    expect(pod({ trial }).volumes?.[1]).toEqual({
      name: 'scratch',
      emptyDir: { medium: 'Memory', sizeLimit: scratch },
    });
  });
});

describe('hooks and trial server', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    vi.restoreAllMocks();
  });
  const hosts = (service: string) => [service, `${service}.logging`, `${service}.logging.svc`];

  /** What a kubelet makes of a Deployment: its environment, its Secrets as files, and its scratch folder. */
  function mounted(objects: readonly Rendered[], deployment: string, secrets: ReadonlyMap<string, SecretObject>) {
    const { containers, volumes } = podOf(objects, 'Deployment', deployment).spec;
    const folder = mkdtempSync(join(tmpdir(), 'mounted-'));
    const scratch = mkdtempSync(join(tmpdir(), 'scratch-'));
    for (const { secret } of volumes?.[0]?.projected.sources ?? [])
      for (const { key, path } of secret.items) {
        const value = secrets.get(secret.name)?.data?.[key];
        if (value === undefined) throw new Error(`${secret.name} has no ${key}`);
        writeFileSync(join(folder, path), Buffer.from(value, 'base64'));
      }
    const environment = (containers[0]?.env ?? []).map((one) => [
      one.name,
      one.value.replace('/etc/fluentbind', folder).replace(/^\/scratch$/, scratch),
    ]);
    return { environment: Object.fromEntries(environment) as Record<string, string>, scratch };
  }

  it('find and know each other by what the chart and its Job make', async () => {
    const objects = render();
    const made = await plan(
      {},
      {
        ...{ name: 'fluentbind', namespace: 'logging', rotate: '', tls: true, now: new Date() },
        hosts: hosts('fluentbind'),
        trial: { hosts: hosts(name) },
      },
    );
    const secrets = new Map(
      made.flatMap(({ secret }) => (secret === undefined ? [] : [[secret.metadata.name, secret]])),
    );
    const { environment, scratch } = mounted(objects, name, secrets);
    const config = readTrialConfig({ ...environment, FLUENTBIND_TRIAL_FLUENT_BIT: standIn() });
    expect(config).toMatchObject({ concurrency: 2, queue: 256, seconds: 4, memoryMiB: 256, folder: scratch });
    expect(container().args).toEqual(['trial']);
    const silent = pino({ level: 'silent' });
    const { port, drain } = await listenTrials(
      { ...config, server: { ...config.server, host: '127.0.0.1', port: 0, drainSeconds: 0 } },
      silent,
    );
    ends.push(drain);

    const { trial } = readServerConfig(mounted(objects, 'fluentbind', secrets).environment);
    if (trial === undefined) throw new Error('the hooks know of no trial server');
    const asked: string[] = [];
    vi.spyOn(dns, 'lookup').mockImplementation(((host: string, _: object, found: (...all: unknown[]) => void) => {
      asked.push(host);
      found(null, [{ address: '127.0.0.1', family: 4 }]);
    }) as never);
    const address = { ...trial, url: trial.url.replace(':8080', `:${port}`) };
    const ask = trialClient(address, silent);
    expect(await ask(scene('start'))).toMatchObject({ verdict: 'ok' });
    expect(await ask(scene('fail'))).toMatchObject({ verdict: 'refused', path: 'spec.outputs[0]' });
    expect(readdirSync(scratch)).toEqual([]);
    expect(new Set(asked)).toEqual(new Set([`${name}.logging.svc`]));
    const { tokenFile: _, ...withoutToken } = address;
    expect(await trialClient(withoutToken, silent)(scene('start'))).toBe('unavailable');
    const { caFile: __, ...withoutAuthority } = address;
    expect(await trialClient(withoutAuthority, silent)(scene('start'))).toBe('unavailable');
  });
});
