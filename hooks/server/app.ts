import { randomUUID } from 'node:crypto';
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import onHeaders from 'on-headers';
import type { Logger } from 'pino';
import type { Context } from '../kit/controller.ts';
import type { Route } from '../kit/routes.ts';
import { authorized } from './auth.ts';
import { callers, jsonOnly } from './callers.ts';
import type { HookMetrics } from './metrics/hook-metrics.ts';
import { serveRoute } from './serve-route.ts';
import { bodyReader, bytesReader } from './wire/body.ts';
import { BufferPool, pooledBytes } from './wire/buffer-pool.ts';
import { Codec } from './wire/codec.ts';

export interface AppOptions {
  routes: readonly Route[];
  context: () => Context;
  logger: Logger;
  metrics: HookMetrics;
  /** Tokens of which a hook call must bear one; undefined where none is configured. */
  tokens: () => readonly string[] | undefined;
  maxInFlight: number;
  bodyLimit: string;
  /** Whether callers are to be led elsewhere. */
  draining: () => boolean;
  /** Whether nobody can connect any more. */
  ending: () => boolean;
  /** Adds endpoints that are no hooks; `guards` let through those who may call, with their bodies read. */
  mount?: ((app: Express, guards: readonly RequestHandler[]) => void) | undefined;
}

/** Errors that express and its body parser raise, as far as a caller may know. */
const publicErrors: Record<string, [status: number, message: string]> = {
  'entity.too.large': [413, 'the request is too large'],
  'entity.parse.failed': [400, 'the request is not JSON'],
  'encoding.unsupported': [415, 'the encoding is not supported'],
  'charset.unsupported': [415, 'the charset is not supported'],
  'request.aborted': [400, 'the request was aborted'],
  'request.size.invalid': [400, 'the request has another size than it says'],
};

/**
 * The HTTP application; it never listens by itself. Metacontroller puts the body of an error into a public Event, so
 * no error repeats anything of a request, and no log line does.
 */
export function createApp({
  routes,
  context,
  logger,
  metrics,
  tokens,
  maxInFlight,
  bodyLimit,
  draining,
  ending,
  mount,
}: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request: Request, response: Response, next: NextFunction) => {
    const started = process.hrtime.bigint();
    response.locals['requestId'] = randomUUID();
    // A client that keeps its connection would hold up the shutdown. Not before nobody can connect: whoever connects
    // anew at that moment is reset. Looked at when the answer goes out, for a request may have come before.
    onHeaders(response, () => {
      if (ending()) response.setHeader('Connection', 'close');
    });
    response.on('finish', () => {
      const { controller, hook } = response.locals as { controller?: string; hook?: string };
      const code = response.statusCode;
      if (controller !== undefined && hook !== undefined)
        metrics.requests.inc({ controller, hook, code: String(code) });
      const line = {
        requestId: response.locals['requestId'],
        method: request.method,
        path: request.path.slice(0, 200),
        code,
        ms: Number((process.hrtime.bigint() - started) / 1000n) / 1000,
      };
      if (controller === undefined && code < 400) logger.debug(line);
      else logger[code >= 500 ? 'error' : code >= 400 ? 'warn' : 'info'](line);
    });
    next();
  });

  app.use(callers(() => tokens() !== undefined, fail));
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok'));
  app.get(
    '/readyz',
    (_request, response) =>
      void response
        .status(draining() ? 503 : 200)
        .type('text/plain')
        .send(draining() ? 'draining' : 'ok'),
  );
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  const authenticate = (request: Request, response: Response, next: NextFunction) => {
    const accepted = tokens();
    if (accepted === undefined || authorized(request.get('authorization'), accepted)) return next();
    fail(response, 401, 'unauthorized');
  };
  const admit = gate(maxInFlight, metrics);
  const pool = new BufferPool(pooledBytes);
  const bytes = bytesReader(bodyLimit, pool);
  const json = jsonOnly(fail);
  const body = [json, bytes, ...bodyReader(bodyLimit)];
  for (const route of routes) {
    const memory = route.incremental ? new Codec(pool) : undefined;
    const name = (_request: Request, response: Response, next: NextFunction) => {
      response.locals['controller'] = route.controller;
      response.locals['hook'] = route.hookName;
      next();
    };
    const steps =
      route.open === undefined
        ? [
            authenticate,
            admit,
            memory === undefined ? body : [json, bytes, bodyReader(bodyLimit, (text) => memory.parse(text))],
          ]
        : [openGate(route.open, metrics), json, bodyReader(route.open.bodyLimit)];
    app.post(route.path, name, ...steps.flat(2), serveRoute(route, context, metrics, memory));
    app.all(route.path, (_request, response) => {
      response.setHeader('Allow', 'POST');
      fail(response, 405, 'this is called by POST');
    });
  }
  mount?.(app, [authenticate, admit, ...body]);
  app.use((_request, response) => fail(response, 404, 'not found'));
  app.use(onError(logger));
  return app;
}

/** Turns away what is too much. */
function gate(maxInFlight: number, metrics: HookMetrics): RequestHandler {
  let inFlight = 0;
  return (_request, response, next) => {
    if (inFlight >= maxInFlight) return overloaded(response);
    inFlight += 1;
    metrics.inFlight.inc();
    response.on('close', () => {
      inFlight -= 1;
      metrics.inFlight.dec();
    });
    next();
  };
}

/** 503 and not 429: Metacontroller calls again at once after a 429 without a time to wait. */
function overloaded(response: Response): void {
  response.setHeader('Retry-After', '1');
  fail(response, 503, 'overloaded');
}

/** Who means it has sent its request by then. */
const promptMilliseconds = 500;

/**
 * The same for what anybody may call. It hangs up on whoever takes too long to say what it wants, and where all places
 * are taken on the slowest: to send bodies drop by drop costs the others nothing.
 */
function openGate({ maxInFlight, seconds }: NonNullable<Route['open']>, metrics: HookMetrics): RequestHandler {
  const since = new Map<Request, number>();
  return (request, response, next) => {
    const [slowest] = since;
    if (since.size >= maxInFlight) {
      if (slowest === undefined || Date.now() - slowest[1] <= promptMilliseconds) return overloaded(response);
      since.delete(slowest[0]);
      slowest[0].destroy();
    }
    since.set(request, Date.now());
    metrics.inFlight.inc();
    const timer = setTimeout(() => request.destroy(), seconds * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      since.delete(request);
      metrics.inFlight.dec();
    });
    next();
  };
}

export function fail(response: Response, status: number, error: string): void {
  response.status(status).json({ error, requestId: response.locals['requestId'] });
}

function onError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = publicErrors[(error as { type?: string }).type ?? ''];
    if (known === undefined)
      logger.error({ requestId: response.locals['requestId'], error: withoutMessage(error) }, 'bug in a hook');
    // Headers that are out cannot be taken back; express then closes the connection.
    if (response.headersSent) return next(error);
    if (known !== undefined) return fail(response, known[0], known[1]);
    fail(response, 500, 'internal error');
  };
}

/** The kind of an error and where it came from. Its message may quote what was worked on, a secret among it. */
function withoutMessage(error: unknown): { name: string; frames: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
  return { name: error.name, frames: frames.slice(0, 12) };
}
