import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import type { CompositeReply, CompositeRequest } from '../../../hooks/api/wire/metacontroller.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { make, World } from '../../support/world.ts';
import { type Health, healthOf, run } from './health.ts';

const ca = await authority();
const issued = await ca.issue();
const ending = await ca.issue({ notBefore: new Date('2026-01-01'), notAfter: new Date('2026-06-09') });

const template = make.template('t', {
  placeholders: [
    { name: 'host', secretKey: 'host', type: 'host' },
    { name: 'cert', secretKey: 'cert', type: 'file' },
    { name: 'key', secretKey: 'key', type: 'file' },
  ],
  outputs: [
    { plugin: 'http', properties: { host: '$(host)', tls: true, 'tls.crt_file': '$(cert)', 'tls.key_file': '$(key)' } },
  ],
});
const secret = ({ certificate, key } = issued) => make.secret('cls', { host: 'a.example.com', cert: certificate, key });
const withoutHost = make.secret('cls', { cert: issued.certificate, key: issued.key });
const binding = (change: object = {}) =>
  make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' }, ...change });

interface Case {
  stage: string;
  /** What happened, after template, Secret and ServiceBindingConfig were applied where `ready` says so. */
  ready: boolean;
  happens: (world: World) => Promise<unknown>;
  binding: [Health['status'], RegExp];
  /** Of the LoggingConfiguration; absent where there is none. */
  logging?: [Health['status'], RegExp];
}

const cases: Case[] = [
  {
    stage: 'fresh',
    ready: false,
    happens: (w) => w.put(binding()),
    binding: ['Progressing', /has not looked/],
  },
  {
    stage: 'ready',
    ready: true,
    happens: () => Promise.resolve(),
    binding: ['Healthy', /ConfigMap logs-fluent-bit and Secret logs-fluent-bit are written/],
    logging: ['Healthy', /ConfigMap logs-fluent-bit and Secret logs-fluent-bit are written/],
  },
  {
    stage: 'changed, and not looked at yet',
    ready: true,
    happens: (w) => w.put(binding({ templateRef: { name: 'other' } })),
    binding: ['Progressing', /has not looked/],
    logging: ['Healthy', /are written/],
  },
  {
    stage: 'ready, and its certificate near its end',
    ready: true,
    happens: (w) => w.apply(secret(ending)),
    binding: ['Healthy', /ends on 2026-06-09/],
    logging: ['Healthy', /ends on 2026-06-09/],
  },
  {
    stage: 'no Secret',
    ready: false,
    happens: (w) => w.apply(template, binding()),
    binding: ['Degraded', /^spec\.secretRef\.name: Secret shop\/cls does not exist\..*Create it/],
  },
  {
    stage: 'no template',
    ready: false,
    happens: (w) => w.apply(secret(), binding()),
    binding: ['Degraded', /ClusterTemplate t does not exist/],
  },
  {
    stage: 'a key is missing',
    ready: false,
    happens: (w) => w.apply(template, withoutHost, binding()),
    binding: ['Degraded', /Secret cls has no key host/],
  },
  {
    stage: 'last good',
    ready: true,
    happens: (w) => w.apply(withoutHost),
    binding: [
      'Degraded',
      /has no key host[\s\S]*\nThe older configuration stays in force: LoggingConfiguration logs stays/,
    ],
    logging: ['Degraded', /has no key host[\s\S]*\nThe older configuration stays in force: ConfigMap/],
  },
  {
    stage: 'last good, and then lost',
    ready: true,
    happens: async (w) => {
      await w.remove('Secret', 'cls');
      await w.edit('Secret', 'logs-fluent-bit', (o) => {
        for (const key of Object.keys(o.data ?? {})) Object.assign(o.data ?? {}, { [key]: 'b3RoZXI=' });
        delete o.metadata.annotations;
      });
    },
    binding: ['Degraded', /Secret shop\/cls does not exist/],
    logging: ['Degraded', /does not exist[\s\S]*\nSecret logs-fluent-bit was changed by others/],
  },
  {
    stage: 'name conflict',
    ready: false,
    happens: (w) => w.apply(make.configMap('logs-fluent-bit', { mine: 'yes' }), template, secret(), binding()),
    binding: ['Degraded', /ConfigMap shop\/logs-fluent-bit exists and does not belong/],
    logging: ['Degraded', /ConfigMap shop\/logs-fluent-bit exists and does not belong/],
  },
  {
    stage: 'suspended',
    ready: true,
    happens: (w) => w.apply(binding({ suspend: true })),
    binding: ['Suspended', /spec\.suspend is true/],
    logging: ['Suspended', /spec\.suspend is true/],
  },
  {
    stage: 'suspended, and the Secret gone',
    ready: true,
    happens: async (w) => {
      await w.apply(binding({ suspend: true }));
      await w.remove('Secret', 'cls');
    },
    binding: ['Suspended', /Secret shop\/cls does not exist/],
    logging: ['Suspended', /Secret shop\/cls does not exist/],
  },
  {
    stage: 'switched off',
    ready: true,
    happens: (w) => w.apply(binding({ enabled: false })),
    binding: ['Suspended', /spec\.enabled is false: nothing is shipped/],
    logging: ['Suspended', /spec\.enabled is false: nothing is shipped/],
  },
  {
    stage: 'switched off a moment ago',
    ready: true,
    happens: (w) => w.put(binding({ enabled: false })),
    binding: ['Progressing', /has not looked/],
    logging: ['Healthy', /are written/],
  },
];

describe('health in Argo CD', () => {
  it.each(cases)('$stage', async ({ ready, happens, ...expected }) => {
    const world = await World.start();
    if (ready) await world.apply(template, secret(), binding());
    await happens(world);
    const found = world.get('LoggingConfiguration', 'logs');
    expect(found === undefined).toBe(expected.logging === undefined);
    for (const [object, want] of [
      [world.get('ServiceBindingConfig', 'logs'), expected.binding],
      [found, expected.logging],
    ] as const) {
      if (want === undefined) continue;
      const { status, message } = await healthOf(object);
      expect(status, `${object?.kind}: ${message}`).toBe(want[0]);
      expect(message).toMatch(want[1]);
    }
  });

  it('is Progressing while the children are being written, and Healthy at the end', async () => {
    const seen: Record<string, [string, string][]> = {};
    const world = await World.start({
      wrap: (transport) => async (url, body, timeout) => {
        const response = await transport(url, body, timeout);
        if (!url.endsWith('/sync')) return response;
        const { parent } = JSON.parse(body) as CompositeRequest;
        const { status } = JSON.parse(response.body) as CompositeReply;
        const health = await healthOf({ ...parent, status } as KubernetesObject);
        const reason = (status as { conditions: { reason: string }[] }).conditions[0]?.reason ?? '';
        seen[parent.kind] = [...(seen[parent.kind] ?? []), [reason, health.status]];
        return response;
      },
    });
    await world.apply(template, secret(), binding());
    for (const kind of ['ServiceBindingConfig', 'LoggingConfiguration']) {
      expect(seen[kind]?.[0]).toEqual(['Pending', 'Progressing']);
      expect(seen[kind]?.at(-1)).toEqual(['Ready', 'Healthy']);
      expect(seen[kind]?.map(([, status]) => status)).not.toContain('Degraded');
    }
  });

  it.each([template, make.ownTemplate('t', template['spec'] as object)])('$kind: is Healthy', async (object) => {
    const world = await World.start();
    await world.apply(object);
    expect(await healthOf(world.get(object.kind, 't', object.metadata.namespace))).toMatchObject({ status: 'Healthy' });
  });

  it('is Progressing where a status has no condition yet', async () => {
    for (const status of [{}, { conditions: [] }, { observedGeneration: 1, conditions: [] }]) {
      const object = { ...binding(), status } as KubernetesObject;
      object.metadata = { ...object.metadata, generation: 1 };
      expect(await healthOf(object)).toMatchObject({ status: 'Progressing' });
    }
  });

  it.each([
    'return {status = string.format("Healthy")}',
    'return {status = ("Healthy"):sub(1)}',
    'return {status = os.getenv("HOME")}',
  ])('is found without the libraries that Argo CD withholds: %s', async (code) => {
    await expect(run(code, {})).rejects.toThrow(/attempt to (index|call)/);
  });
});
