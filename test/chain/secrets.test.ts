import fc from 'fast-check';
import { pino } from 'pino';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { routes } from '../../hooks/kit/routes.ts';
import { createApp } from '../../hooks/server/app.ts';
import { createMetrics } from '../../hooks/server/metrics/hook-metrics.ts';
import { bindingSecret, formats } from '../support/input/binding-secrets.ts';
import { make, World } from '../support/world.ts';

/** Long enough that none of them occurs by chance. */
const planted = fc.stringMatching(/^[A-Za-z0-9+/=_.:$(){}\- ]{16,40}$/).map((text) => `plant-${text}`);

const properties = fc.record({
  host: fc.constantFrom('$(secret)', 'a.example.com'),
  header: fc.constantFrom(
    'Authorization Bearer $(secret)',
    ['X-One $(secret)', 'X-Two {"t":"$(secret)"}'],
    'X ${secret}',
  ),
  http_passwd: fc.constantFrom('$(secret)', 'a$(secret)b$(other)c', '$(encoded)'),
  uri: fc.constantFrom('/in', '/$(secret)/x', '/$(missing)'),
});

function forms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    base64,
    encodeURIComponent(secret),
    Buffer.from(base64).toString('base64'),
  ];
}

/** Everything that leaves fluentbind and is not the Secret child. */
function visible(world: World): string {
  const objects = world.store.all().filter((object: KubernetesObject) => object.kind !== 'Secret');
  const childSecrets = world.store
    .all()
    .filter((object) => object.kind === 'Secret' && object.metadata.ownerReferences !== undefined);
  // Of the Secret child itself all but its data, and the annotation in which dynamic apply repeats the object.
  const around = childSecrets.map(({ metadata }) => ({
    ...metadata,
    annotations: { ...metadata.annotations, 'metacontroller.k8s.io/last-applied-configuration': '' },
  }));
  return JSON.stringify([objects, around, world.engine.errors, world.engine.findings]);
}

describe('secret values', () => {
  it('are in Secrets only, whatever the format, the use and the mistakes', async () => {
    await fc.assert(
      fc.asyncProperty(
        planted,
        planted,
        properties,
        fc.constantFrom(...formats),
        fc.constantFrom('string', 'host', 'port', 'text', 'file'),
        fc.boolean(),
        async (secret, other, props, format, type, broken) => {
          const world = await World.start({ bundled: false, lint: false });
          await world.apply(
            make.template('t', {
              placeholders: [
                { name: 'secret', secretKey: 'password', type },
                { name: 'encoded', secretKey: 'password', encode: 'base64' },
                { name: 'other', secretKey: 'nested.token' },
              ],
              outputs: [{ plugin: 'http', properties: props }],
            }),
            bindingSecret('cls', { password: secret, nested: { token: other } }, format),
            make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' } }),
          );
          if (broken)
            await world.apply(bindingSecret('cls', { passwort: secret, nested: { token: `${other}\n` } }, format));
          const text = visible(world);
          for (const form of [...forms(secret), ...forms(other)]) expect(text).not.toContain(form);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are in no log line, metric or error body, even of a bug', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const metrics = createMetrics();
    let bug = false;
    const table = routes(controllers).map((route) => ({
      ...route,
      hook: ((body, context) => {
        if (bug) throw new Error(`cannot work on ${JSON.stringify(body)}`);
        return route.hook(body, context);
      }) as typeof route.hook,
    }));
    const app = createApp({
      routes: table,
      context: () => ({ now: new Date(), settings: defaultSettings }),
      logger,
      metrics,
      tokens: () => undefined,
      maxInFlight: 8,
      bodyLimit: '1mb',
      draining: () => false,
      ending: () => false,
    });
    await fc.assert(
      fc.asyncProperty(planted, fc.integer({ min: 0, max: 4 }), async (secret, fault) => {
        const parent = make.binding('logs', {
          templateRef: { name: 't' },
          secretRef: { name: 'cls' },
          values: fault === 1 ? secret : [],
        });
        const body: Record<string, unknown> = {
          parent: fault === 2 ? { metadata: secret } : parent,
          related: {
            'Secret.v1': { 'shop/cls': fault === 3 ? { kind: secret } : make.secret('cls', { password: secret }) },
          },
          children: {},
        };
        bug = fault === 4;
        const sent = fault === 0 ? `${JSON.stringify(body)}${secret}` : JSON.stringify(body);
        const response = await request(app)
          .post('/hooks/servicebindingconfigs/sync')
          .set('content-type', 'application/json')
          .send(sent);
        const text = `${JSON.stringify(response.body)}${lines.join('')}${await metrics.registry.metrics()}`;
        // What stands in the own spec of a resource is no secret, and is not repeated either.
        for (const form of forms(secret)) expect(text).not.toContain(form);
      }),
      { numRuns: 60 },
    );
    expect(lines.length).toBeGreaterThan(50);
  });
});
