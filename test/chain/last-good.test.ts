import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { bindingSecret } from '../support/input/binding-secrets.ts';
import { make, type World } from '../support/world.ts';
import { binding, ca, children, credentials, good, issued, secret, settings, template } from './working-binding.ts';

const other = await ca.issue();
const expired = await ca.issue({ notBefore: new Date('2026-01-01'), notAfter: new Date('2026-05-01') });
const withTemplate = (change: object): KubernetesObject => ({
  ...template,
  spec: { ...(template['spec'] as object), ...change },
});
const without = (...keys: string[]) =>
  bindingSecret(
    'cls',
    Object.fromEntries(Object.entries(credentials).filter(([key]) => !keys.includes(key))),
    'secretTemplate',
  );

interface Fault {
  name: string;
  breaks: (world: World) => Promise<void>;
  reason: string;
  path: string;
}

/** Each breaks something that worked; `good` objects applied again mend it. */
const faults: Fault[] = [
  {
    name: 'the Secret is deleted',
    breaks: (w) => w.remove('Secret', 'cls'),
    reason: 'SecretNotFound',
    path: 'spec.secretRef.name',
  },
  {
    name: 'a key of the Secret is renamed',
    breaks: (w) => w.apply(without('token')),
    reason: 'PlaceholderUnresolved',
    path: 'spec.secretRef',
  },
  {
    name: 'the Secret becomes empty',
    breaks: (w) => w.apply(make.secret('cls', {})),
    reason: 'SecretInvalid',
    path: 'spec.secretRef',
  },
  {
    name: 'the ConfigMap is deleted',
    breaks: (w) => w.remove('ConfigMap', 'settings'),
    reason: 'ConfigMapNotFound',
    path: 'spec.values[0]',
  },
  {
    name: 'a value stops matching its pattern',
    breaks: (w) => w.apply(settings('Blue 1')),
    reason: 'InvalidValue',
    path: 'spec.values[0]',
  },
  {
    name: 'a value gets a line break',
    breaks: (w) => w.apply(secret({ token: 'a\r\nX-Evil: 1' })),
    reason: 'InvalidValue',
    path: 'spec.secretRef',
  },
  {
    name: 'the endpoint loses its host',
    breaks: (w) => w.apply(secret({ endpoint: '::::' })),
    reason: 'InvalidValue',
    path: 'spec.secretRef',
  },
  {
    name: 'the template is deleted',
    breaks: (w) => w.remove('ClusterTemplate', 't', undefined),
    reason: 'TemplateNotFound',
    path: 'spec.templateRef.name',
  },
  {
    name: 'the template names an unknown plugin',
    breaks: (w) => w.apply(withTemplate({ outputs: [{ plugin: 'htttp' }] })),
    reason: 'UnknownPlugin',
    path: 'spec.templateRef',
  },
  {
    name: 'the template sets a reserved property',
    breaks: (w) => w.apply(withTemplate({ outputs: [{ plugin: 'http', properties: { Match: '*' } }] })),
    reason: 'ReservedProperty',
    path: 'spec.templateRef',
  },
  {
    name: 'the template asks for more',
    breaks: (w) => w.apply(withTemplate({ placeholders: [{ name: 'region' }] })),
    reason: 'PlaceholderUnresolved',
    path: 'spec.values',
  },
  {
    name: 'the key is that of another certificate',
    breaks: (w) => w.apply(secret({ key: other.key })),
    reason: 'CertificateMismatch',
    path: 'spec.secretRef',
  },
  {
    name: 'the certificate is cut off',
    breaks: (w) => w.apply(secret({ cert: issued.certificate.slice(0, 200) })),
    reason: 'InvalidCertificate',
    path: 'spec.secretRef',
  },
  {
    name: 'the certificate is expired',
    breaks: (w) => w.apply(secret({ cert: expired.certificate, key: expired.key })),
    reason: 'CertificateExpired',
    path: 'spec.secretRef',
  },
  {
    name: 'the own spec is wrong',
    breaks: (w) => w.apply(binding({ values: [{ name: 'tenannt', value: 'x' }] })),
    reason: 'PlaceholderUnresolved',
    path: 'spec.values',
  },
];

describe('last good', () => {
  it.each(faults)(
    'stays byte for byte while $name, and everything moves on when it is mended',
    async ({ breaks, reason, path }) => {
      const world = await good();
      const [before, lc] = [children(world), world.get('LoggingConfiguration', 'logs')];
      await breaks(world);
      expect(world.problems('ServiceBindingConfig', 'logs')).toEqual(
        expect.arrayContaining([expect.objectContaining({ reason, path })]),
      );
      expect(world.condition('ServiceBindingConfig', 'logs', 'Accepted')).toMatchObject({ status: 'False' });
      expect(world.condition('ServiceBindingConfig', 'logs', 'LastGood')).toMatchObject({
        status: 'True',
        reason: 'KeptLastGood',
      });
      expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'False' });
      expect(children(world)).toEqual(before);
      expect(world.get('LoggingConfiguration', 'logs')?.['spec']).toEqual(lc?.['spec']);
      // A further pass, and the periodic resync, write nothing.
      const writes = world.store.writes;
      world.engine.resync();
      await world.settle();
      expect(world.store.writes).toBe(writes);

      await world.apply(template, secret({ token: 'n3w' }), settings('green'), binding());
      expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
      expect(world.problems('ServiceBindingConfig', 'logs')).toEqual([]);
      expect(world.file('logs')).toContain('X-Tenant green');
      expect(Object.values(world.secrets('logs'))).toContain('n3w');
      expect(world.engine.findings).toEqual([]);
      expect(world.engine.errors).toEqual([]);
    },
  );

  it('still follows the Secret while the template is broken', async () => {
    const world = await good();
    await world.apply(withTemplate({ outputs: [{ plugin: 'nonsense' }] }));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Accepted')).toMatchObject({ status: 'False' });
    await world.apply(secret({ token: 'rotated' }));
    expect(Object.values(world.secrets('logs'))).toContain('rotated');
  });

  it('takes hand edits of the children back, and reports when nobody can vouch for them', async () => {
    const world = await good();
    const before = children(world).map((child) => child?.['data']);
    await world.edit(
      'ConfigMap',
      'logs-fluent-bit',
      (object) => (object.data = { ...object.data, 'shop.logs.yaml': 'pipeline: {}' }),
    );
    expect(children(world).map((child) => child?.['data'])).toEqual(before);

    await world.remove('Secret', 'cls');
    await world.edit(
      'ConfigMap',
      'logs-fluent-bit',
      (object) => (object.data = { ...object.data, 'shop.logs.yaml': 'pipeline: {}' }),
    );
    expect(children(world).map((child) => child?.['data'])).toEqual(before);
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood')).toMatchObject({ status: 'True' });

    await world.edit('ConfigMap', 'logs-fluent-bit', (object) => {
      object.data = { ...object.data, 'shop.logs.yaml': 'pipeline: {}' };
      delete object.metadata.annotations?.['metacontroller.k8s.io/last-applied-configuration'];
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood')).toMatchObject({
      status: 'Unknown',
      reason: 'LastGoodLost',
    });
    expect(world.file('logs')).toBe('pipeline: {}');
    await world.apply(secret());
    expect(children(world).map((child) => child?.['data'])).toEqual(before);
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood')).toMatchObject({
      status: 'False',
      reason: 'Current',
    });
  });

  it.each(['in good times', 'at last good'])(
    'labels, annotations and data keys of others cause no write %s',
    async (when) => {
      const world = await good();
      if (when === 'at last good') await world.remove('Secret', 'cls');
      for (const kind of ['ConfigMap', 'Secret']) {
        const writes = world.store.writes;
        await world.edit(kind, 'logs-fluent-bit', (object) => {
          object.metadata.labels = { ...object.metadata.labels, 'team.example/label': 'x' };
          object.metadata.annotations = { ...object.metadata.annotations, 'team.example/note': 'y' };
          object.data = { ...object.data, 'zz-other': kind === 'Secret' ? 'eA==' : 'x' };
        });
        expect(world.store.writes - writes).toBe(1);
        expect(world.get(kind, 'logs-fluent-bit')?.['data']).toHaveProperty('zz-other');
      }
      const writes = world.store.writes;
      world.engine.resync();
      await world.settle();
      expect(world.store.writes).toBe(writes);
      expect(world.condition('LoggingConfiguration', 'logs', 'LastGood')).toMatchObject({
        status: when === 'at last good' ? 'True' : 'False',
      });
    },
  );

  it('keeps what stands through a failed write and a bad input after it', async () => {
    const world = await good();
    // The API server refuses the Secret once: the ConfigMap moves on alone, and both are still vouched for.
    const update = world.store.update.bind(world.store);
    let refusals = 0;
    world.store.update = async (object) => {
      if (object.kind === 'Secret' && object.metadata.name === 'logs-fluent-bit' && refusals++ === 0)
        throw new Error('etcdserver: request timed out');
      return update(object);
    };
    await world.apply(settings('green'), secret({ token: 'second' }));
    const half = children(world);
    await world.remove('Secret', 'cls');
    expect(children(world).map((child) => child?.['data'])).toEqual(half.map((child) => child?.['data']));
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood')).toMatchObject({ status: 'True' });
    expect(refusals).toBeGreaterThan(0);
  });
});
