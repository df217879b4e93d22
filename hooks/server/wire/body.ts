import { isAscii } from 'node:buffer';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { BufferPool } from './buffer-pool.ts';

/** Makes a value of the bytes of a request, or throws a SyntaxError. */
export type Parser = (bytes: Buffer) => unknown;

/**
 * Takes the bytes of a body of known length, which nearly all have. Any other is left to the body parser, and so is to
 * refuse what is too large.
 */
export function bytesReader(limit: string, pool: BufferPool): RequestHandler {
  const most = Math.min(bytesOf(limit), pool.largest);
  return (request, response, next) => {
    const { 'content-length': given, 'content-encoding': encoding = 'identity' } = request.headers;
    const length = Number(given);
    if (!(length > 0 && length <= most) || encoding !== 'identity') return next();
    const buffer = pool.take(length);
    let read = 0;
    request.on('data', (chunk: Buffer) => {
      read += chunk.copy(buffer, read);
    });
    request.on('end', () => {
      request.body = buffer.subarray(0, read);
      next();
    });
    // Also where the client hangs up; then nobody is told, for there is nobody.
    response.on('close', () => pool.give(buffer));
  };
}

/**
 * Reads bodies, up to a limit. Those of shards have megabytes: they are taken as bytes, and decoded in one go, for
 * that is several times as fast as text that grows piece by piece.
 */
export function bodyReader(limit: string, parse: Parser = parseJson): RequestHandler[] {
  const decode = (request: Request, _response: Response, next: NextFunction) => {
    if (!Buffer.isBuffer(request.body)) return next();
    try {
      request.body = request.body.length === 0 ? {} : parse(request.body);
    } catch {
      return next({ type: 'entity.parse.failed' });
    }
    next();
  };
  return [express.raw({ limit, type: () => true }), decode];
}

/** Bytes of a limit that is written as `64mb`. */
function bytesOf(limit: string): number {
  return Number.parseInt(limit, 10) * (limit.endsWith('mb') ? 1024 * 1024 : 1024);
}

export function parseJson(bytes: Buffer): unknown {
  return JSON.parse(textOf(bytes));
}

/** Most requests are ASCII, which needs no decoding. */
export function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}
