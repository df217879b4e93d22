import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, fluentBit, node, podsApi, type Sink, tlsSink } from '../support/fluent-bit/fluent-bit.ts';
import { bindingSecret } from '../support/input/binding-secrets.ts';
import { type Authority, authority, type Issued } from '../support/input/issued-certificates.ts';
import { make, World } from '../support/world.ts';

/** The backends of these tests are on the loopback, which no policy allows by itself. */
async function onThisHost(): Promise<World> {
  const world = await World.start({ now: new Date().toISOString() });
  const destinations = { allow: ['*', '127.0.0.1'] };
  await world.apply(make.agent('here', { namespace: 'logging', shards: 2, policy: { destinations, code: 'Any' } }));
  return world;
}

describe.skipIf(fluentBit === undefined)('a rendered pipeline in a real Fluent Bit', () => {
  let ca: Authority;
  let client: Issued;
  let sink: Sink;

  beforeAll(async () => {
    ca = await authority('Backend CA', new Date());
    client = await ca.issue({ name: 'binding-7' });
    const server = await ca.issue({ name: 'localhost' });
    sink = await tlsSink({ key: server.key, cert: server.certificate, ca: ca.certificate });
  });
  afterAll(() => sink.close());

  /** The bundled template, for a backend on this machine instead of port 443 of the internet. */
  async function bound(input: object): Promise<World> {
    const world = await onThisHost();
    await world.edit('ClusterTemplate', 'sap-cloud-logging', (object) => {
      const spec = object.spec as { outputs: { properties: Record<string, unknown> }[]; files: object[] };
      Object.assign(spec.outputs[0]?.properties ?? {}, { port: sink.port, 'tls.ca_file': '$(ca)' });
      spec.files = [{ name: 'ca', content: ca.certificate }];
    });
    const credentials = {
      'ingest-mtls-endpoint': '127.0.0.1',
      'ingest-mtls-cert': client.certificate,
      'ingest-mtls-key': client.key,
    };
    await world.apply(
      bindingSecret('cls', credentials, 'plain'),
      make.binding('logs', { templateRef: { name: 'sap-cloud-logging' }, secretRef: { name: 'cls' }, input }),
    );
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    return world;
  }

  /** The authority of the sink, and a certificate that the sink takes. */
  const files = () => [
    { name: 'ca', content: ca.certificate },
    { name: 'cert', content: client.certificate },
    { name: 'key', content: client.key },
  ];

  /** Properties of an output to the sink, with those files. */
  const connection = () => ({
    host: '127.0.0.1',
    port: sink.port,
    format: 'json',
    tls: true,
    'tls.ca_file': '$(ca)',
    'tls.crt_file': '$(cert)',
    'tls.key_file': '$(key)',
  });

  it('reads the selected containers only, and delivers de-dotted JSON over TLS with its client certificate', async () => {
    const world = await bound({ containers: { exclude: ['istio-proxy'] } });
    const pods = await podsApi({
      'shop/web-6d4cf56db6-x2x4x': {
        metadata: {
          name: 'web-6d4cf56db6-x2x4x',
          namespace: 'shop',
          uid: 'u',
          labels: { 'app.kubernetes.io/name': 'web', 'example.com/team': 'blue' },
          annotations: { secret: 'no' },
        },
      },
    });
    const here = node();
    here.place(world, 'logs');
    const web = { namespace: 'shop', name: 'web-6d4cf56db6-x2x4x' };
    here.log(web, 'app', 'plain line');
    here.log(
      web,
      'app',
      '{"msg":"json line","http.request/path":"/x","nested":{"a.b":[{"c.d":1}]},"date":"mine","kubernetes":"forged"}',
    );
    here.log(web, 'app', 'first half, ', { partial: true });
    here.log(web, 'app', 'second half');
    here.log(web, 'istio-proxy', 'access log');
    here.log({ namespace: 'shopping', name: 'other' }, 'app', 'of another namespace');
    here.log({ namespace: 'other', name: 'shop_' }, 'app', 'of yet another');
    const agent = await here.start({ kubernetes: pods.url });
    try {
      await eventually(() => sink.records().length >= 3);
      here.log(web, 'app', 'a later line');
      await eventually(() => sink.records().length >= 4);
      const records = sink.records();
      expect(records.map((record) => record['msg']).sort()).toEqual([
        'a later line',
        'first half, second half',
        'json line',
        'plain line',
      ]);
      expect(new Set(sink.requests.map((request) => `${request.client} ${request.path}`))).toEqual(
        new Set(['binding-7 /customindex/kyma']),
      );
      const json = records.find((record) => record['msg'] === 'json line');
      expect(json).toMatchObject({
        http_request_path: '/x',
        nested: { a_b: [{ c_d: 1 }] },
        original_date: 'mine',
        stream: 'stdout',
      });
      expect(json?.['date']).toMatch(/^\d{4}-\d\d-\d\dT/);
      for (const record of records) {
        expect(record['kubernetes']).toMatchObject({
          namespace_name: 'shop',
          pod_name: 'web-6d4cf56db6-x2x4x',
          container_name: 'app',
          app_name: 'web',
          labels: { app_kubernetes_io_name: 'web', example_com_team: 'blue' },
        });
        expect(record).not.toHaveProperty('_p');
        expect(record['kubernetes']).not.toHaveProperty('annotations');
      }
      // Not for the pod it runs in: every pipeline would, at every reload.
      expect(pods.asked).toEqual([{ pod: `${web.namespace}/${web.name}`, authorization: 'Bearer token' }]);
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
      await pods.close();
    }
  });

  it('takes namespace, pod and container from the path where nothing else is asked for', async () => {
    const world = await onThisHost();
    sink.requests.length = 0;
    await world.apply(
      make.logging('raw', {
        files: files(),
        variables: [{ name: 'token', value: '{a:b} quoted: #x' }],
        filters: [
          { plugin: 'record_modifier', properties: { record: ['note old', 'plain yes'] } },
          { plugin: 'modify', rules: ['rename note first', 'add note "$(token)"'] },
        ],
        outputs: [{ plugin: 'http', properties: { ...connection(), uri: '/raw' } }],
      }),
    );
    expect(world.problems('LoggingConfiguration', 'raw')).toEqual([]);
    const here = node();
    here.place(world, 'raw');
    here.log({ namespace: 'shop', name: 'pod.with.dots-0' }, 'main', 'hello');
    const agent = await here.start();
    try {
      await eventually(() => sink.records().length >= 1);
      expect(sink.records()[0]).toMatchObject({
        log: 'hello',
        stream: 'stdout',
        plain: 'yes',
        first: 'old',
        note: '{a:b} quoted: #x',
        kubernetes: {
          namespace_name: 'shop',
          pod_name: 'pod.with.dots-0',
          pod_id: '0f0f0f0f-1111',
          container_name: 'main',
          host: 'node-1',
        },
      });
      expect(sink.records()[0]).not.toHaveProperty('_fluentbind_path');
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
    }
  });

  it('shows no script the variables of the agent', async () => {
    const world = await onThisHost();
    sink.requests.length = 0;
    const spy = [
      'function spy(tag, timestamp, record)',
      '  record.seen = FLB_ENV == nil and "nothing" or "something"',
      '  for name, value in pairs(FLB_ENV or {}) do record[name] = value end',
      '  return 2, timestamp, record',
      'end',
    ].join('\n');
    await world.apply(
      make.secret('own', { token: 'a-secret-token' }),
      ...[{ code: spy }, { script: '$(spy)' }].map((source, index) =>
        make.logging(`spy-${index}`, {
          files: [...files(), { name: 'spy', content: `#!/usr/bin/lua\n${spy}` }],
          variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'own', key: 'token' } } }],
          filters: [{ plugin: 'lua', properties: { call: 'spy', ...source } }],
          outputs: [
            { plugin: 'http', properties: { ...connection(), uri: `/${index}`, header: 'Authorization $(token)' } },
          ],
        }),
      ),
    );
    for (const name of ['spy-0', 'spy-1']) expect(world.problems('LoggingConfiguration', name)).toEqual([]);
    const here = node();
    here.place(world, 'spy-0');
    here.place(world, 'spy-1');
    here.log({ namespace: 'shop', name: 'web' }, 'app', 'hello');
    const agent = await here.start();
    try {
      await eventually(() => sink.records().length >= 2);
      expect(sink.records().map((record) => record['seen'])).toEqual(['nothing', 'nothing']);
      expect(JSON.stringify(sink.records())).not.toContain('a-secret-token');
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
    }
  });

  it('keeps its requests below 4 MiB, whatever the lines hold', async () => {
    const world = await bound({});
    sink.requests.length = 0;
    const pods = await podsApi({});
    const here = node();
    here.place(world, 'logs');
    const nasty = ['\u001b[31m', '"', '\\', 'ü', '日本', '\u0001', 'x'];
    const lines = 4000;
    for (let index = 0; index < lines; index++)
      here.log(
        { namespace: 'shop', name: 'noisy' },
        'app',
        `${index} ${(nasty[index % nasty.length] ?? '').repeat(2000)}`,
      );
    const agent = await here.start({ kubernetes: pods.url });
    try {
      await eventually(() => sink.records().length >= lines, 60);
      expect(sink.records()).toHaveLength(lines);
      expect(Math.max(...sink.requests.map((request) => request.bytes))).toBeLessThan(4 * 1024 * 1024);
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
      await pods.close();
    }
  }, 120_000);

  it('joins stack traces of each container by itself', async () => {
    const world = await onThisHost();
    sink.requests.length = 0;
    await world.apply(
      make.logging('traces', {
        input: { multiline: ['java'] },
        files: files(),
        outputs: [{ plugin: 'http', properties: connection() }],
      }),
    );
    const here = node();
    here.place(world, 'traces');
    for (const line of [
      'Exception in thread "main" java.lang.IllegalStateException: one',
      '\tat com.example.A.run(A.java:1)',
      '\tat com.example.B.run(B.java:2)',
    ]) {
      for (const pod of ['a', 'b']) here.log({ namespace: 'shop', name: pod }, 'app', line);
    }
    for (const pod of ['a', 'b']) here.log({ namespace: 'shop', name: pod }, 'app', 'after');
    const agent = await here.start();
    try {
      await eventually(() => sink.records().length >= 4);
      const traces = sink.records().filter((record) => String(record['log']).startsWith('Exception'));
      expect(
        traces
          .map((record) => [
            (record['kubernetes'] as { pod_name: string }).pod_name,
            String(record['log'])
              .split('\n')
              .filter((line) => line !== '').length,
          ])
          .sort(),
      ).toEqual([
        ['a', 3],
        ['b', 3],
      ]);
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
    }
  });
});
