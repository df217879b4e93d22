import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { admissionRoute } from '../../../hooks/admission/admission-route.ts';
import { AdmissionResponse } from '../../../hooks/api/wire/admission.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { type Route, routes } from '../../../hooks/kit/routes.ts';
import { type AppOptions, createApp } from '../../../hooks/server/app.ts';
import { createMetrics } from '../../../hooks/server/metrics/hook-metrics.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';

const path = '/admission/validate';
let lines: string[] = [];
beforeEach(() => {
  lines = [];
});

function app(options: Partial<AppOptions> = {}) {
  return createApp({
    routes: [...routes(controllers), admissionRoute],
    context: () => ({ now: new Date('2026-06-01'), settings: defaultSettings }),
    logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
    metrics: createMetrics(),
    tokens: () => ['a-token'],
    maxInFlight: 8,
    bodyLimit: '100kb',
    draining: () => false,
    ending: () => false,
    ...options,
  });
}
const good = make.logging('logs', { outputs: [{ plugin: 'http', properties: { host: 'planted.example.com' } }] });
const bad = make.logging('logs', { outputs: [{ plugin: 'htp' }] });

describe('admission', () => {
  it.each([
    ['good', good, true],
    ['bad', bad, false],
  ])('answers a review of what is %s, without a token', async (_name, object, allowed) => {
    const { status, headers, body } = await request(app()).post(path).send(reviewOf(object));
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(AdmissionResponse.parse(body).response).toMatchObject({ uid: reviewOf(object).request.uid, allowed });
    expect(lines.join()).not.toMatch(/planted|htp/);
  });

  it('still asks for the token elsewhere', async () => {
    const sync = { parent: good, children: {}, related: {}, finalizing: false };
    expect((await request(app()).post('/hooks/loggingconfigurations/sync').send(sync)).status).toBe(401);
  });

  it.each([
    ['no JSON', 'x{', 400],
    ['JSON null', 'null', 400],
    ['no review', '{"parent":{}}', 400],
    ['nothing', '', 400],
    ['more than any object', JSON.stringify(reviewOf({ ...good, filler: 'x'.repeat(4_200_000) })), 413],
  ])('refuses %s', async (_name, body, status) => {
    const response = await request(app()).post(path).set('content-type', 'application/json').send(body);
    expect(response.status).toBe(status);
    expect(Object.keys(response.body).sort()).toEqual(['error', 'requestId']);
  });

  it('takes more than hooks are given, and no more when it is unpacked', async () => {
    const large = { ...good, filler: 'x'.repeat(3_000_000) };
    expect((await request(app()).post(path).send(reviewOf(large))).status).toBe(200);
    const bomb = gzipSync(JSON.stringify(reviewOf({ ...good, filler: 'x'.repeat(50_000_000) })));
    const packed = request(app()).post(path).set('content-encoding', 'gzip').set('content-type', 'application/json');
    packed.write(bomb);
    expect((await packed).status).toBe(413);
  });

  it.each(['get', 'put', 'delete'] as const)('%s is 405', async (method) => {
    const response = await request(app())[method](path);
    expect([response.status, response.headers['allow']]).toEqual([405, 'POST']);
  });

  it('answers 500 for a bug, upon which the API server goes on without it', async () => {
    const broken: Route = {
      ...admissionRoute,
      hook: () => {
        throw new TypeError('planted');
      },
    };
    const response = await request(app({ routes: [broken] }))
      .post(path)
      .send(reviewOf(good));
    expect([response.status, response.body.error]).toEqual([500, 'internal error']);
    expect(lines.join()).not.toContain('planted');
  });

  it('counts what was allowed, and what others were refused for', async () => {
    const counted = app();
    for (const object of [good, bad, bad]) await request(counted).post(path).send(reviewOf(object));
    const { text } = await request(counted).get('/metrics');
    expect(text).toContain('fluentbind_hook_requests_total{controller="admission",hook="validate",code="200"} 3');
    expect(text).toContain('fluentbind_results_total{controller="admission",reason="Allowed"} 1');
    expect(text).toContain('fluentbind_results_total{controller="admission",reason="UnknownPlugin"} 2');
    expect(text).toContain('fluentbind_hook_in_flight 0');
  });
});

describe('too much of it', () => {
  const narrow: Route = { ...admissionRoute, open: { bodyLimit: '4mb', maxInFlight: 2, seconds: 2 } };
  const sync = { parent: good, children: {}, related: {}, finalizing: false };

  it('is turned away, holds up no hook, and ends by itself', async () => {
    const server = app({ routes: [...routes(controllers), narrow], maxInFlight: 1 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      const slow = Array.from({ length: 2 }, () => connect(port, '127.0.0.1'));
      const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.on('close', resolve))));
      for (const socket of slow) {
        socket.on('error', () => undefined);
        const type = 'content-type: application/json';
        socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: 1000\r\n\r\n{`);
      }
      await wait(200);
      const { status, headers } = await request(server).post(path).send(reviewOf(good));
      expect([status, headers['retry-after']]).toEqual([503, '1']);
      // Who has had its time gives its place to the next.
      await wait(400);
      expect((await request(server).post(path).send(reviewOf(good))).status).toBe(200);
      const hook = request(server).post('/hooks/loggingconfigurations/sync').set('authorization', 'Bearer a-token');
      expect((await hook.send(sync)).status).toBe(200);
      await closed;
      const { text } = await request(server).get('/metrics').set('host', 'localhost');
      expect(text).toContain('fluentbind_hook_in_flight 0');
      expect((await request(server).post(path).send(reviewOf(good))).status).toBe(200);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
