import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bindingSecret, formats } from '../support/input/binding-secrets.ts';
import { authority } from '../support/input/issued-certificates.ts';
import { make, World } from '../support/world.ts';

const ca = await authority();
const issued = await ca.issue();
const credentials = {
  'ingest-endpoint': 'ingest-sf-1.cls-16.cloud.logs.services.eu10.hana.ondemand.com',
  'ingest-username': 'user',
  'ingest-password': 'p4ss',
  'ingest-mtls-endpoint': 'ingest-mtls-sf-1.cls-16.cloud.logs.services.eu10.hana.ondemand.com',
  'ingest-mtls-cert': issued.certificate,
  'ingest-mtls-key': issued.key,
  'server-ca': ca.certificate,
};
const config = make.binding('logs', { templateRef: { name: 'sap-cloud-logging' }, secretRef: { name: 'cls' } });

async function rendered(...objects: Parameters<World['apply']>): Promise<World> {
  const world = await World.start();
  await world.apply(...objects);
  return world;
}

describe('Secret formats of the BTP operator', () => {
  it('give the same pipeline file and the same values, and two runs equal bytes', async () => {
    const worlds = await Promise.all(
      [...formats, ...formats].map((format, seed) =>
        rendered(bindingSecret('cls', credentials, format, { seed }), config),
      ),
    );
    const [first] = worlds;
    for (const [index, world] of worlds.entries()) {
      expect(world.condition('ServiceBindingConfig', 'logs', 'Ready'), formats[index % formats.length]).toMatchObject({
        status: 'True',
      });
      expect(world.file('logs')).toBe(first?.file('logs'));
      expect(world.secrets('logs')).toEqual(first?.secrets('logs'));
      expect(world.engine.findings).toEqual([]);
    }
    expect(first?.file('logs')).toContain('uri: /customindex/kyma');
    expect(Object.values(first?.secrets('logs') ?? {})).toContain(issued.key);
  });

  it('carry the X.509 shape: certificate chain and PKCS#1 key under other names', async () => {
    const shape = {
      clientid: 'sb-1',
      certificate: `${issued.certificate}${ca.certificate}`,
      key: createPrivateKey(
        generateKeyPairSync('rsa', {
          modulusLength: 2048,
          privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
          publicKeyEncoding: { type: 'spki', format: 'pem' },
        }).privateKey,
      )
        .export({ type: 'pkcs1', format: 'pem' })
        .toString(),
      certurl: 'https://mysubaccount.authentication.cert.eu10.hana.ondemand.com',
    };
    // The pair must fit: the key of the chain's leaf.
    const template = make.template('x509', {
      placeholders: [
        { name: 'host', secretKey: 'certurl', type: 'host', part: 'host' },
        { name: 'scheme', secretKey: 'certurl', part: 'scheme' },
        { name: 'cert', secretKey: 'certificate', type: 'file' },
        { name: 'key', secretKey: 'key', type: 'file' },
      ],
      outputs: [
        {
          plugin: 'http',
          properties: {
            host: '$(host)',
            header: 'X-Scheme $(scheme)',
            tls: true,
            'tls.crt_file': '$(cert)',
            'tls.key_file': '$(key)',
          },
        },
      ],
    });
    const spec = { templateRef: { name: 'x509' }, secretRef: { name: 'cls' } };
    const files = new Set<string | undefined>();
    for (const format of formats) {
      const world = await rendered(
        template,
        bindingSecret('cls', { ...shape, key: issued.key }, format),
        make.binding('logs', spec),
      );
      expect(world.problems('ServiceBindingConfig', 'logs')).toEqual([]);
      expect(Object.values(world.secrets('logs'))).toEqual(
        expect.arrayContaining(['mysubaccount.authentication.cert.eu10.hana.ondemand.com', 'https']),
      );
      files.add(world.file('logs'));
    }
    expect(files.size).toBe(1);
    const mismatched = await rendered(template, bindingSecret('cls', shape, 'plain'), make.binding('logs', spec));
    expect(mismatched.problems('ServiceBindingConfig', 'logs')).toMatchObject([
      { reason: 'CertificateMismatch', path: 'spec.secretRef' },
    ]);
  });

  it('may be a hand-pasted copy with literal \\n in its PEMs', async () => {
    const pasted = {
      ...credentials,
      'ingest-mtls-cert': issued.certificate.replaceAll('\n', '\\n'),
      'ingest-mtls-key': issued.key.replaceAll('\n', '\\n'),
    };
    const world = await rendered(bindingSecret('cls', pasted, 'plain'), config);
    const reference = await rendered(bindingSecret('cls', credentials, 'plain'), config);
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.secrets('logs')).toEqual(reference.secrets('logs'));
  });

  it('need not be there at all: ConfigMaps and static values fill placeholders, too', async () => {
    const template = make.template('plain-http', {
      placeholders: [{ name: 'host', type: 'host' }, { name: 'index', default: 'main' }, { name: 'tenant' }],
      outputs: [{ plugin: 'http', properties: { host: '$(host)', uri: '/$(index)/$(tenant)' } }],
    });
    const world = await rendered(
      template,
      make.configMap('settings', { tenant: '{"name": {"short": "blue"}}' }),
      make.binding('logs', {
        templateRef: { name: 'plain-http' },
        values: [
          { name: 'host', value: 'collector.example.com' },
          {
            name: 'tenant',
            valueFrom: { configMapKeyRef: { name: 'settings', key: 'tenant', property: 'name.short' } },
          },
        ],
      }),
    );
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.file('logs')).toContain('uri: /main/blue');
    expect(world.secrets('logs')).toEqual({});
    await world.edit('ConfigMap', 'settings', (object) => (object.data = { tenant: '{"name": {"short": "green"}}' }));
    expect(world.file('logs')).toContain('uri: /main/green');
    expect(world.engine.findings).toEqual([]);
  });

  it.each(formats)('%s: credentials that rotate in place change the values and nothing else', async (format) => {
    const world = await rendered(bindingSecret('cls', credentials, format), config);
    const [file, lc, before] = [world.file('logs'), world.get('LoggingConfiguration', 'logs'), world.secrets('logs')];
    const next = await ca.issue();
    await world.apply(
      bindingSecret(
        'cls',
        { ...credentials, 'ingest-mtls-cert': next.certificate, 'ingest-mtls-key': next.key },
        format,
        { seed: 5 },
      ),
    );
    expect(world.file('logs')).toBe(file);
    expect(world.get('LoggingConfiguration', 'logs')?.metadata.generation).toBe(lc?.metadata.generation);
    const after = world.secrets('logs');
    const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
    expect(changed.map((key) => key.replace(/^p[0-9a-f]{16}_/, '')).sort()).toEqual(['cert', 'key']);
    expect(Object.values(after)).toContain(next.key);
    // The random order of .metadata, labels and annotations are no change.
    const writes = world.store.writes;
    await world.apply(
      bindingSecret(
        'cls',
        { ...credentials, 'ingest-mtls-cert': next.certificate, 'ingest-mtls-key': next.key },
        format,
        { seed: 9 },
      ),
    );
    expect(world.store.writes - writes).toBeLessThanOrEqual(1);
  });
});
