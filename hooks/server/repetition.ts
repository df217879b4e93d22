import { getHeapStatistics } from 'node:v8';
import type { NextFunction, Request, Response } from 'express';
import { BufferPool } from './buffer-pool.ts';
import { RelatedMemory } from './related-memory.ts';
import { ReplyJson } from './reply-json.ts';

/** What is larger is read and written like any other request. */
const pooledBytes = 8 * 1024 * 1024;

/**
 * What is kept for a route whose requests and replies are large, and mostly those of before. Of the heap, so much that
 * the objects of thousands of pipelines fit, and room is left for what is worked on. Nothing follows from it but time.
 */
export class Repetition {
  readonly #related: RelatedMemory;
  readonly #replies: ReplyJson;
  readonly #pool = new BufferPool(pooledBytes);

  constructor(heap: number = getHeapStatistics().heap_size_limit) {
    this.#related = new RelatedMemory(Math.floor(heap / 4));
    this.#replies = new ReplyJson(Math.floor(heap / 8));
  }

  parse(bytes: Buffer): unknown {
    return this.#related.parse(bytes);
  }

  /** The bytes of a reply, which are others' when they are released. */
  encode(reply: object): { bytes: Buffer; release: () => void } {
    const pieces = this.#replies.pieces(reply);
    const buffer = this.#pool.take(pieces.length);
    return { bytes: pieces.write(buffer), release: () => this.#pool.give(buffer) };
  }

  /** Reads a body of known length. Any other is left to the body parser, and so is to refuse what is too large. */
  read(limit: number) {
    return (request: Request, response: Response, next: NextFunction) => {
      const { 'content-length': given, 'content-encoding': encoding = 'identity' } = request.headers;
      const length = Number(given);
      if (!(length > 0 && length <= Math.min(limit, pooledBytes)) || encoding !== 'identity') return next();
      const buffer = this.#pool.take(length);
      let read = 0;
      request.on('data', (chunk: Buffer) => {
        read += chunk.copy(buffer, read);
      });
      request.on('end', () => {
        request.body = buffer.subarray(0, read);
        next();
      });
      // Also where the client hangs up; then nobody is told, for there is nobody.
      response.on('close', () => this.#pool.give(buffer));
    };
  }
}
