import { isAscii } from 'node:buffer';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';

/** Makes a value of the bytes of a request, or throws a SyntaxError. */
export type Parser = (bytes: Buffer) => unknown;

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
export function bytesOf(limit: string): number {
  return Number.parseInt(limit, 10) * (limit.endsWith('mb') ? 1024 * 1024 : 1024);
}

export function parseJson(bytes: Buffer): unknown {
  return JSON.parse(textOf(bytes));
}

/** Most requests are ASCII, which needs no decoding. */
export function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}
