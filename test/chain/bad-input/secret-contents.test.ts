import { describe, expect, it } from 'vitest';
import { authority } from '../../support/input/issued-certificates.ts';
import { make, World } from '../../support/world.ts';

const ca = await authority('CA', new Date());
const issued = await ca.issue();
const template = make.template('t', {
  placeholders: [
    { name: 'cert', secretKey: 'cert', type: 'file' },
    { name: 'key', secretKey: 'key', type: 'file' },
  ],
  outputs: [
    {
      plugin: 'http',
      properties: { host: 'a.example.com', tls: true, 'tls.crt_file': '$(cert)', 'tls.key_file': '$(key)' },
    },
  ],
});

async function bound(cert: string, key = issued.key): Promise<World> {
  const world = await World.start({ now: new Date().toISOString() });
  const binding = make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' } });
  await world.apply(template, make.secret('cls', { cert, key }), binding);
  return world;
}

/** Files that the agent gets, as text. */
function files(world: World): string[] {
  const data = (world.get('Secret', 'logs-fluent-bit', 'shop')?.['data'] ?? {}) as Record<string, string>;
  return Object.values(data).map((content) => Buffer.from(content, 'base64').toString('utf8'));
}

/** What Fluent Bit and OpenSSL read at the start is what they take, or it does not get that far. */
describe('contents of Secrets', () => {
  const chain = `${issued.certificate.trim()}\n${ca.certificate.trim()}\n`;

  it.each([
    ['as it should be', chain],
    ['glued without a line break', issued.certificate.trim() + ca.certificate.trim()],
    ['with line breaks as two characters', chain.replaceAll('\n', '\\n')],
    ['indented', chain.replaceAll(/^/gm, '  ')],
  ])('a chain %s reaches the agent as OpenSSL reads it', async (_how, cert) => {
    const world = await bound(cert);
    expect(world.condition('ServiceBindingConfig', 'logs', 'Accepted')).toMatchObject({ status: 'True' });
    expect(files(world)).toContain(chain);
  });

  it('a chain that is cut off is refused, and the last good stays', async () => {
    const world = await bound(chain);
    const before = files(world);
    await world.apply(make.secret('cls', { cert: chain.slice(0, -200), key: issued.key }));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'InvalidCertificate',
      message: expect.stringContaining('begins a PEM block that it does not end'),
    });
    expect(files(world)).toEqual(before);
  });

  it('JSON with a key in it stays byte for byte', async () => {
    const world = await World.start({ now: new Date().toISOString() });
    const account = JSON.stringify({ type: 'service_account', client_email: 'a@b.example', private_key: issued.key });
    expect(account).toContain('\\n');
    await world.apply(
      make.secret('google', { account }),
      make.logging('logs', {
        files: [{ name: 'account', valueFrom: { secretKeyRef: { name: 'google', key: 'account' } } }],
        outputs: [{ plugin: 'gcs', properties: { bucket: 'logs', google_service_credentials: '$(account)' } }],
      }),
    );
    expect(world.problems('LoggingConfiguration', 'logs')).toEqual([]);
    expect(files(world)).toEqual([account]);
  });
});
