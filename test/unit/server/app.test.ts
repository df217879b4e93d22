import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { type Route, routes } from '../../../hooks/kit/routes.ts';
import { type AppOptions, createApp } from '../../../hooks/server/app.ts';
import { createMetrics } from '../../../hooks/server/metrics/hook-metrics.ts';
import { make } from '../../support/world.ts';

let lines: Record<string, unknown>[] = [];
beforeEach(() => {
  lines = [];
});

function app(options: Partial<AppOptions> = {}) {
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return createApp({
    routes: routes(controllers),
    context: () => ({ now: new Date('2026-06-01'), settings: defaultSettings }),
    logger,
    metrics: createMetrics(),
    tokens: () => undefined,
    maxInFlight: 8,
    bodyLimit: '100kb',
    draining: () => false,
    ending: () => false,
    ...options,
  });
}

const parent = make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' } });
const sync = { parent, children: {}, related: {}, finalizing: false };
const path = '/hooks/servicebindingconfigs/sync';
const share = { agent: 'edge', namespace: 'logging', index: 0, parts: 1, policyHash: 'p', counts: false };
const parents: Record<string, KubernetesObject> = {
  servicebindingconfigs: parent,
  loggingconfigurations: make.logging('logs', { outputs: [{ plugin: 'null' }] }),
  fluentbitagents: make.agent('edge', { namespace: 'logging' }),
  fluentbitshards: { ...make.agent('edge-0', { ...share, over: [], excess: [] }), kind: 'FluentBitShard' },
};

describe('hooks', () => {
  it.each(routes(controllers).map((route) => [route.path]))('%s answers a request of Metacontroller', async (url) => {
    const [, , controller = ''] = url.split('/');
    const response = await request(app())
      .post(url)
      // Of each rule there is an entry, whether or not there is an object.
      .send({ ...sync, parent: parents[controller], related: { 'ConfigMap.v1': {}, 'Secret.v1': {} } });
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(Object.keys(response.body)).toContain(url.endsWith('customize') ? 'relatedResources' : 'children');
  });

  it('takes related objects that nobody asked for to be unknown, and not to be none', async () => {
    const response = await request(app())
      .post('/hooks/fluentbitshards/sync')
      .send({ ...sync, parent: parents['fluentbitshards'] });
    expect(response.status).toBe(500);
  });

  it('says for a mistake of the user what is wrong, with 200', async () => {
    const { status, body } = await request(app()).post(path).send(sync);
    expect(status).toBe(200);
    expect(body.status.conditions.find((c: { type: string }) => c.type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'TemplateNotFound',
    });
    expect(body.children).toEqual([]);
  });

  it('takes requests with fields that a newer Metacontroller may send, and compressed', async () => {
    expect(
      (
        await request(app())
          .post(path)
          .send({ ...sync, extra: 1 })
      ).status,
    ).toBe(200);
    const packed = request(app()).post(path).set('content-encoding', 'gzip').set('content-type', 'application/json');
    packed.write(gzipSync(JSON.stringify(sync)));
    expect((await packed).status).toBe(200);
  });

  it('answers each of many shards by itself, in pieces or not, though it uses the same memory for all', async () => {
    const served = app({ bodyLimit: '1mb' });
    const ask = (index: number, packed: boolean) => {
      const spec = { ...share, index, over: [], excess: [] };
      const shard = { ...make.agent(`edge-${index}`, spec), kind: 'FluentBitShard', filler: 'x'.repeat(index * 9000) };
      const text = JSON.stringify({ ...sync, parent: shard, related: { 'ConfigMap.v1': {}, 'Secret.v1': {} } });
      const sent = request(served).post('/hooks/fluentbitshards/sync').set('content-type', 'application/json');
      if (!packed) return sent.send(text);
      sent.set('content-encoding', 'gzip').write(gzipSync(text));
      return sent;
    };
    const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => ask(index, index % 4 === 3)));
    const manifests = answers.map(({ body }) => Object.keys(body.children[0].data));
    expect(manifests).toEqual(answers.map((_, index) => [`manifest-${index}.json`]));
  });

  it.each([path, '/hooks/fluentbitshards/sync'])('%s refuses what is too much, or breaks off', async (url) => {
    const post = () => request(app()).post(url).set('content-type', 'application/json');
    expect((await post().send(JSON.stringify({ ...sync, filler: 'x'.repeat(200_000) }))).status).toBe(413);
    expect((await post().send('{"parent":{"metadata"')).status).toBe(400);
  });

  it.each([
    ['no JSON', 'x{', 400],
    ['JSON null', 'null', 400],
    ['a list', '[]', 400],
    ['no parent', '{"children":{}}', 400],
    ['a parent without a name', '{"parent":{"apiVersion":"a","kind":"b","metadata":{}}}', 400],
    ['children that are a list', JSON.stringify({ ...sync, children: [] }), 400],
    ['too much', JSON.stringify({ ...sync, filler: 'x'.repeat(200_000) }), 413],
    ['nothing', '', 400],
  ])('refuses %s', async (_name, body, status) => {
    const response = await request(app()).post(path).set('content-type', 'application/json').send(body);
    expect(response.status).toBe(status);
    expect(Object.keys(response.body).sort()).toEqual(['error', 'requestId']);
  });

  it.each([
    ['a form of a page', { 'content-type': 'text/plain' }, 415],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['what looks like JSON to a browser only', { 'content-type': 'text/plain; application/json' }, 415],
    ['no content type', { 'content-type': '' }, 415],
    ['a page', { 'content-type': 'application/json', origin: 'https://pages.example' }, 403],
    ['a page of a file', { 'content-type': 'application/json', origin: 'null' }, 403],
    [
      'a page whose name resolves to this machine',
      { 'content-type': 'application/json', host: 'pages.example:80' },
      403,
    ],
    ['a name that begins like it', { 'content-type': 'application/json', host: '127.0.0.1.pages.example' }, 403],
    ['no page', { 'content-type': 'application/json; charset=utf-8', host: 'localhost:8080' }, 200],
    ['no page, by number', { 'content-type': 'application/json', host: '[::1]:8080' }, 200],
  ])('takes no calls of pages in a browser: %s', async (_who, headers: Record<string, string>, status) => {
    for (const url of [path, '/metrics']) {
      const call = url === path ? request(app()).post(url) : request(app()).get(url);
      for (const [name, value] of Object.entries(headers))
        if (url === path || name !== 'content-type') call.set(name, value);
      const answer = await (url === path ? call.send(JSON.stringify(sync)) : call);
      if (url === path || status === 403) expect(answer.status).toBe(status);
    }
  });

  it('with tokens is called by any name', async () => {
    const served = app({ tokens: () => ['a-token'] });
    const call = request(served)
      .post(path)
      .set('host', 'fluentbind.fluentbind.svc')
      .set('authorization', 'Bearer a-token');
    expect((await call.send(sync)).status).toBe(200);
  });

  it('refuses an encoding that it cannot read', async () => {
    expect(
      (
        await request(app())
          .post(path)
          .set('content-type', 'application/json')
          .set('content-encoding', 'snappy')
          .send('x')
      ).status,
    ).toBe(415);
  });

  it.each([
    ['GET', path, 405],
    ['PUT', path, 405],
    ['POST', '/hooks/servicebindingconfigs/finalize', 404],
    ['POST', '/hooks/nothing/sync', 404],
    ['GET', '/', 404],
    ['GET', '/hooks/%zz/sync', 404],
  ])('%s %s is %i', async (method, url, status) => {
    const response = await request(app())[method.toLowerCase() as 'get'](url);
    expect(response.status).toBe(status);
    expect(response.headers['x-powered-by']).toBeUndefined();
  });

  it('answers 500 with a request id for a bug, and logs where it was but not what was said', async () => {
    const broken: Route = {
      path: '/hooks/x/sync',
      controller: 'x',
      hookName: 'sync',
      hook: () => {
        throw new TypeError('bad value hunter2');
      },
    };
    const response = await request(app({ routes: [broken] }))
      .post('/hooks/x/sync')
      .send({ password: 'hunter2' });
    expect(response.status).toBe(500);
    expect(response.body).toEqual({ error: 'internal error', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const bug = lines.find((line) => line['msg'] === 'bug in a hook');
    expect(bug).toMatchObject({ requestId: response.body.requestId, error: { name: 'TypeError' } });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('writes one line a call', async () => {
    await request(app()).post(path).send(sync);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ method: 'POST', path, code: 200, level: 30 });
  });
});

describe('credentials', () => {
  const tokens = () => ['current-token', 'former-token'];
  it.each([
    ['none', undefined, 401],
    ['wrong', 'Bearer wrong', 401],
    ['a prefix', 'Bearer current-toke', 401],
    ['another scheme', 'Basic current-token', 401],
    ['empty', 'Bearer ', 401],
    ['right', 'Bearer current-token', 200],
    ['the former one, while it is rotated', 'Bearer former-token', 200],
    ['scheme in lower case', 'bearer current-token', 200],
  ])('%s', async (_name, header, status) => {
    const call = request(app({ tokens })).post(path);
    if (header !== undefined) call.set('authorization', header);
    const response = await call.send(sync);
    expect(response.status).toBe(status);
    if (status === 401) expect(response.body).toEqual({ error: 'unauthorized', requestId: expect.any(String) });
  });

  it('are asked for before the body is read', async () => {
    expect((await request(app({ tokens })).post(path).send('x'.repeat(200_000))).status).toBe(401);
  });

  it('are not needed for probes', async () => {
    for (const url of ['/healthz', '/readyz', '/metrics'])
      expect((await request(app({ tokens })).get(url)).status).toBe(200);
  });
});

describe('probes and metrics', () => {
  it('readyz turns away while draining, healthz does not, and connections end once nobody can connect', async () => {
    const draining = app({ draining: () => true });
    expect((await request(draining).get('/readyz')).status).toBe(503);
    expect((await request(draining).get('/healthz')).status).toBe(200);
    const kept = (served: ReturnType<typeof app>) =>
      request(served).post(path).set('Connection', 'keep-alive').send(sync);
    expect((await kept(app())).headers['connection']).toBe('keep-alive');
    expect((await kept(draining)).headers['connection']).toBe('keep-alive');
    const response = await kept(app({ draining: () => true, ending: () => true }));
    expect(response.status).toBe(200);
    expect(response.headers['connection']).toBe('close');
  });

  it('connections end also where somebody asked before, whoever answers', async () => {
    let ending = false;
    const waiting = app({
      ending: () => ending,
      mount: (mounted, guards) =>
        mounted.post('/later', ...guards, (_request, response) => {
          ending = true;
          response.json({});
        }),
    });
    const response = await request(waiting).post('/later').set('Connection', 'keep-alive').send({});
    expect(response.headers['connection']).toBe('close');
  });

  it('counts calls by result', async () => {
    const metrics = createMetrics();
    const counted = app({ metrics });
    await request(counted).post(path).send(sync);
    await request(counted).post(path).set('content-type', 'application/json').send('x{');
    const text = (await request(counted).get('/metrics')).text;
    expect(text).toContain(
      'fluentbind_hook_requests_total{controller="servicebindingconfigs",hook="sync",code="200"} 1',
    );
    expect(text).toContain(
      'fluentbind_hook_requests_total{controller="servicebindingconfigs",hook="sync",code="400"} 1',
    );
    expect(text).toContain('fluentbind_results_total{controller="servicebindingconfigs",reason="TemplateNotFound"} 1');
    expect(text).toContain('fluentbind_hook_in_flight 0');
  });
});
