import type { Request, Response } from 'express';
import type { AdmissionResponse } from '../api/wire/admission.ts';
import type { Context } from '../kit/controller.ts';
import { BadRequest } from '../kit/request.ts';
import type { Route } from '../kit/routes.ts';
import type { HookMetrics } from './metrics/hook-metrics.ts';
import type { Codec } from './wire/codec.ts';

const contentType = 'application/json; charset=utf-8';

/** The only glue between HTTP and a controller: a parsed body in, JSON out. */
export function serveRoute(route: Route, context: () => Context, metrics: HookMetrics, memory?: Codec) {
  return async (request: Request, response: Response): Promise<void> => {
    const stop = metrics.duration.startTimer({ controller: route.controller, hook: route.hookName });
    try {
      const reply = await route.hook(request.body, context());
      const reason = readyReason(reply) ?? verdict(reply);
      if (route.hookName === 'sync') metrics.resources.note(request.body, reply);
      if (reason !== undefined) metrics.results.inc({ controller: route.controller, reason });
      const { bytes, release } = memory?.encode(reply as object) ?? { bytes: Buffer.from(JSON.stringify(reply)) };
      if (release !== undefined) response.on('close', release);
      response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length }).end(bytes);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      response.status(400).json({ error: error.message, requestId: response.locals['requestId'] });
    } finally {
      stop();
    }
  };
}

function readyReason(reply: unknown): string | undefined {
  const conditions = (reply as { status?: { conditions?: { type: string; reason: string }[] } }).status?.conditions;
  return conditions?.find((condition) => condition.type === 'Ready')?.reason;
}

/** Of an admission: that it is allowed, or the first reason why not. */
function verdict(reply: unknown): string | undefined {
  const { response } = reply as Partial<AdmissionResponse>;
  return response === undefined ? undefined : (response.status?.details.causes[0]?.reason ?? 'Allowed');
}
