import { getHeapStatistics } from 'node:v8';
import type { BufferPool } from './buffer-pool.ts';
import { IncrementalReply } from './incremental-reply.ts';
import { IncrementalRequest } from './incremental-request.ts';

/**
 * What is kept for a route whose requests and replies are large, and mostly those of before. Of the heap, so much that
 * the objects of thousands of pipelines fit, and room is left for what is worked on. Nothing follows from it but time.
 */
export class Codec {
  readonly #related: IncrementalRequest;
  readonly #replies: IncrementalReply;
  readonly #pool: BufferPool;

  constructor(pool: BufferPool, heap: number = getHeapStatistics().heap_size_limit) {
    this.#pool = pool;
    this.#related = new IncrementalRequest(Math.floor(heap / 4));
    this.#replies = new IncrementalReply(Math.floor(heap / 8));
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
}
