import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { type Logger, pino } from 'pino';
import { admissionRoute } from '../admission/admission-route.ts';
import { ConfigError } from '../config/config-source.ts';
import { lines, type ServerConfig } from '../config/server-config.ts';
import type { Controller } from '../kit/controller.ts';
import { routes } from '../kit/routes.ts';
import { createServer } from '../runtime/builtins.ts';
import { type AppOptions, createApp } from './app.ts';
import { createMetrics } from './metrics/hook-metrics.ts';
import { ServerEnd } from './server-end.ts';
import { trialClient } from './trial-client.ts';
import { watchFiles } from './watch-files.ts';

export interface Running {
  port: number;
  /** Turns new work away, finishes what is under way, then ends. */
  drain: () => Promise<void>;
}

/** Longer than the 90 s for which Go clients keep idle connections: the client ends them, and no request meets a closed one. */
const keepAliveMilliseconds = 120_000;

/** Serves the hooks, and asks for trials where a trial server is configured. */
export async function listen(
  config: ServerConfig,
  controllers: readonly Controller[],
  logger: Logger = pino({ level: config.logLevel }),
): Promise<Running> {
  const trial = config.trial === undefined ? undefined : trialClient(config.trial, logger);
  return await listenTo(
    config,
    {
      routes: [...routes(controllers), admissionRoute],
      context: () => ({ now: new Date(), settings: config.settings, ...(trial === undefined ? {} : { trial }) }),
      metrics: createMetrics(),
    },
    logger,
  );
}

/** Listens as configured; certificates and tokens are read anew when their files change. */
export async function listenTo(
  config: ServerConfig,
  served: Pick<AppOptions, 'routes' | 'context' | 'metrics' | 'mount'>,
  logger: Logger,
): Promise<Running> {
  let draining = false;
  let ending: ServerEnd | undefined;
  let tokens = config.tokenFile === undefined ? undefined : readTokens(config.tokenFile);
  const app = createApp({
    ...served,
    logger,
    tokens: () => tokens,
    maxInFlight: config.maxInFlight,
    bodyLimit: config.bodyLimit,
    draining: () => draining,
    ending: () => ending?.begun === true,
  });
  const { tls, tokenFile } = config;
  const server: Server | TlsServer =
    tls === undefined ? createServer(app) : createTlsServer({ ...readTls(tls), minVersion: 'TLSv1.2' }, app);
  ending = new ServerEnd(server);
  server.keepAliveTimeout = keepAliveMilliseconds;
  server.headersTimeout = keepAliveMilliseconds + 5000;

  const watchers: (() => void)[] = [];
  const reload = (what: string, files: string[], read: () => void) => {
    watchers.push(
      watchFiles(files, () => {
        try {
          read();
          logger.info({ files }, `${what} read anew`);
        } catch {
          // Half of a rotation may be in place; the next look finds the rest, and the old ones still serve.
          logger.error({ files }, `${what} cannot be read; the former stay in use`);
        }
      }),
    );
  };
  if (tls !== undefined)
    reload('certificate', [tls.certFile, tls.keyFile], () => (server as TlsServer).setSecureContext(readTls(tls)));
  if (tokenFile !== undefined) reload('tokens', [tokenFile], () => (tokens = readTokens(tokenFile)));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  logger.info(
    {
      port,
      tls: tls !== undefined,
      token: tokenFile !== undefined,
      hooks: served.routes.map((route) => route.path),
    },
    'listening',
  );

  const drain = async () => {
    draining = true;
    for (const stop of watchers) stop();
    // Whoever routes to this pod learns of it from readyz; until then calls are still answered.
    await wait(config.drainSeconds * 1000);
    await ending?.end();
  };
  return { port, drain };
}

function readTokens(file: string): string[] {
  const tokens = lines(file);
  if (tokens.length === 0) throw new ConfigError(`${file} holds no token`);
  return tokens;
}

function readTls({ certFile, keyFile }: NonNullable<ServerConfig['tls']>): { cert: string; key: string } {
  try {
    const material = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    createSecureContext(material);
    return material;
  } catch {
    throw new ConfigError(`${certFile} and ${keyFile} hold no certificate with its key`);
  }
}
