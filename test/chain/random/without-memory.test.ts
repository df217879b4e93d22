import fc from 'fast-check';
import { expect, it } from 'vitest';
import { controllers } from '../../../hooks/controllers/index.ts';
import type { HookTransport } from '../../../hooks/engine/passes/hook-client.ts';
import type { Context } from '../../../hooks/kit/controller.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { everyMemory } from '../../../hooks/memo/registry.ts';
import { BufferPool } from '../../../hooks/server/wire/buffer-pool.ts';
import { Codec } from '../../../hooks/server/wire/codec.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { withoutMemory } from '../../support/without-memory.ts';
import { make, World } from '../../support/world.ts';

const table = routes(controllers);
const day = 24 * 3600 * 1000;
const ca = await authority();
const issued = await Promise.all([ca.issue(), ca.issue({ notAfter: new Date('2026-06-20') })]);

const lua = { plugin: 'lua', properties: { call: 'f', code: 'function f() return 0 end' } };
const output = { plugin: 'http', properties: { host: 'a.example.com', header: 'Authorization $(token)' } };
const tls = { 'tls.crt_file': '$(crt)', 'tls.key_file': '$(key)' };
const from = (name: string, kind = 'secretKeyRef', key = name) => ({
  name,
  valueFrom: { [kind]: { name: 'cls', key } },
});
const files = ['crt', 'key'].map((name) => ({ ...from(name), type: 'file' }));
const specs = [
  { variables: [from('token')], outputs: [output] },
  { variables: [from('token'), ...files], outputs: [{ ...output, properties: { ...output.properties, ...tls } }] },
  { variables: [from('token', 'configMapKeyRef')], outputs: [output], filters: [{ plugin: 'grep', properties: {} }] },
  { variables: [from('token')], outputs: [output], filters: [lua], templateRef: { name: 'coded' } },
  // A child of its own as a source.
  {
    variables: [{ name: 'token', valueFrom: { configMapKeyRef: { name: 'logs-fluent-bit', key: 'more' } } }],
    outputs: [output],
  },
  { outputs: [{ plugin: 'nonsense' }] },
  { outputs: [] },
  { variables: [from('token')], outputs: [output], suspend: true },
  { variables: [from('token')], outputs: [{ ...output, properties: { host: 'b.example.com', port: 24224 } }] },
];

const placeholders = [
  { name: 'token', secretKey: 'token' },
  ...['crt', 'key'].map((name) => ({ name, secretKey: name, type: 'file' })),
];
const bound = (host: string) =>
  make.template('bound', {
    placeholders,
    outputs: [{ ...output, properties: { ...output.properties, ...tls, host } }],
  });
const bindings = [
  { templateRef: { name: 'bound' }, secretRef: { name: 'cls' } },
  { templateRef: { name: 'bound' }, secretRef: { name: 'none' } },
  { templateRef: { name: 'bound' }, secretRef: { name: 'cls' }, values: [from('token', 'configMapKeyRef')] },
  { templateRef: { name: 'coded' }, secretRef: { name: 'cls' }, suspend: true },
  { templateRef: { name: 'coded' }, enabled: false },
  { templateRef: {} },
];

type Step = (world: World) => Promise<void>;
const pick = <T>(...items: T[]) => fc.constantFrom(...items);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(pick('logs', 'more'), pick(...specs)).map(
      ([name, spec]): Step =>
        (world) =>
          world.apply(make.logging(name, spec)),
    ),
  },
  pick('a.example.com', 'b.example.com', '-').map(
    (host): Step =>
      (world) =>
        world.apply(bound(host)),
  ),
  pick({ token: 'one' }, { crt: 'none' }).map(
    (data): Step =>
      (world) =>
        world.apply(make.secret('cls', data)),
  ),
  pick(...bindings).map(
    (spec): Step =>
      (world) =>
        world.apply(make.binding('bound', spec)),
  ),
  fc.tuple(pick('one', 'two', 'a\nb'), pick(...issued)).map(
    ([token, { certificate: crt, key }]): Step =>
      (world) =>
        world.apply(make.secret('cls', { token, crt, key })),
  ),
  pick('one', 'two').map(
    (token): Step =>
      (world) =>
        world.apply(make.configMap('cls', { token })),
  ),
  pick(
    {},
    { policy: { allowedPlugins: { outputs: ['http'] } } },
    { excludeNamespaces: ['shop'] },
    { shards: 2 },
    { parts: 2 },
  ).map(
    (change): Step =>
      (world) =>
        world.apply(make.agent('edge', { namespace: 'logging', ...change })),
  ),
  pick([lua], []).map(
    (filters): Step =>
      (world) =>
        world.apply(make.template('coded', { outputs: [output], filters })),
  ),
  pick('x', 'y').map(
    (more): Step =>
      async (world) => {
        if (world.get('ConfigMap', 'logs-fluent-bit') !== undefined)
          await world.edit('ConfigMap', 'logs-fluent-bit', (object) =>
            Object.assign(object['data'] as object, { more }),
          );
      },
  ),
  pick('LoggingConfiguration', 'ConfigMap').map(
    (kind): Step =>
      async (world) => {
        const name = kind === 'ConfigMap' ? 'logs-fluent-bit' : 'logs';
        if (world.get(kind, name) !== undefined) await world.remove(kind, name);
      },
  ),
  pick(1, 15, 40).map(
    (days): Step =>
      async (world) =>
        world.turn(days * day),
  ),
);

it('answers the same with and without what was remembered', async () => {
  const memories = new Map<string, Codec>();
  /** Once as the server does it, after all the calls before; once by hooks that have seen nothing of it. */
  const twice =
    (time: () => number): HookTransport =>
    async (url, asked) => {
      const path = new URL(url).pathname;
      const route = table.find((one) => one.path === path);
      if (route === undefined) throw new Error(`no route ${path}`);
      const settings = { ...defaultSettings, agent: { ...defaultSettings.agent, namespaces: ['logging'] } };
      const memory = memories.get(path) ?? new Codec(new BufferPool(8 * 1024 * 1024), 64 * 1024 * 1024);
      memories.set(path, memory);
      const warm = async (body: string, context: Context) => {
        const parsed = route.incremental ? memory.parse(Buffer.from(body)) : JSON.parse(body);
        const { bytes, release } = memory.encode((await route.hook(parsed, context)) as object);
        const text = bytes.toString();
        release();
        return JSON.parse(text) as unknown;
      };
      const cold = async (body: string, context: Context) => {
        const reply = await withoutMemory(async () => await route.hook(JSON.parse(body), context));
        return JSON.parse(JSON.stringify(reply)) as unknown;
      };
      // As it would be of another, or without what was said before; as it is, it comes last.
      const { parent } = JSON.parse(asked) as { parent: { metadata: object; status?: object } };
      const { status: _, ...unsaid } = parent;
      const of = (one: object) => JSON.stringify({ ...JSON.parse(asked), parent: one });
      const cases: [body: string, now: number][] = [
        [of(unsaid), time()],
        [of({ ...parent, metadata: { ...parent.metadata, uid: 'another' } }), time()],
        [of({ ...parent, metadata: { ...parent.metadata, generation: 99 } }), time()],
        [asked, time() + 30 * day],
        [asked, time()],
      ];
      let reply: unknown;
      for (const [body, now] of cases) {
        const context = { now: new Date(now), settings };
        reply = await warm(body, context);
        expect(reply, path).toEqual(await cold(body, context));
      }
      return { status: 200, body: JSON.stringify(reply) };
    };
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 8 }), async (list) => {
      let world: World | undefined;
      world = await World.start({ bundled: false, lint: false, wrap: () => twice(() => world?.now ?? 0) });
      await world.apply(
        make.namespace('logging'),
        make.namespace('shop'),
        make.agent('edge', { namespace: 'logging', shards: 1 }),
        make.secret('cls', { token: 'one', crt: issued[0].certificate, key: issued[0].key }),
        make.template('coded', { outputs: [output], filters: [lua] }),
        bound('a.example.com'),
        make.binding('bound', bindings[0] ?? {}),
        make.logging('logs', specs[0] ?? {}),
        make.logging('more', specs[3] ?? {}),
      );
      // What a status vouches for stays.
      await world.apply(make.template('coded', { outputs: [output] }));
      for (const step of list) await step(world);
      await world.settle();
      expect(world.engine.errors).toEqual([]);
    }),
    { numRuns: 6 },
  );
  // What has nothing to look up would pass, too: each of these is asked by the steps above.
  const used = [
    'codec',
    'packed shards',
    'verified pairs',
    'logging configurations',
    'service binding configs',
    'agents',
  ];
  expect(everyMemory().filter(({ name, hits }) => used.includes(name) && hits > 0)).toHaveLength(used.length);
});

it.each(['fluentbitagents', 'loggingconfigurations', 'servicebindingconfigs'])(
  '%s: tells a spec that is missing from null, whichever came before',
  async (name) => {
    const route = table.find(({ path }) => path === `/hooks/${name}/sync`);
    const kind = controllers.find((one) => one.name === name)?.parent;
    const metadata = { name: 'x', namespace: 'shop', uid: 'u', generation: 1 };
    const ask = (spec: object) =>
      route?.hook(
        { parent: { ...kind, metadata, ...spec }, children: {}, related: {}, finalizing: false },
        { now: new Date('2026-06-01'), settings: defaultSettings },
      );
    for (const spec of [{}, { spec: null }, {}])
      expect(await ask(spec)).toEqual(await withoutMemory(async () => await ask(spec)));
  },
);
