import { getHeapStatistics } from 'node:v8';
import { isOn, register } from '../../memo/registry.ts';
import { parseJson } from './body.ts';
import type { BufferPool } from './buffer-pool.ts';
import { IncrementalReply } from './incremental-reply.ts';
import { IncrementalRequest } from './incremental-request.ts';

/**
 * Without it one change takes 3.9 and onboarding 2.4 times the CPU (`npm run bench -- memory`).
 */
const memory = register('codec');

/**
 * What is kept for a route whose requests and replies are large, and mostly those of before. Of the heap, so much that
 * the objects of thousands of pipelines fit, and room is left for what is worked on. Nothing follows from it but time.
 */
export class Codec {
  #requests: IncrementalRequest;
  #replies: IncrementalReply;
  #age = memory.age;
  readonly #pool: BufferPool;
  readonly #heap: number;

  constructor(pool: BufferPool, heap: number = getHeapStatistics().heap_size_limit) {
    this.#pool = pool;
    this.#heap = heap;
    this.#requests = this.#noRequests();
    this.#replies = this.#noReplies();
  }

  parse(bytes: Buffer): unknown {
    if (!isOn(memory.name)) return parseJson(bytes);
    this.#forgetWhereAsked();
    return this.#requests.parse(bytes);
  }

  /** The bytes of a reply, which are others' when they are released. */
  encode(reply: object): { bytes: Buffer; release: () => void } {
    if (!isOn(memory.name)) return { bytes: Buffer.from(JSON.stringify(reply)), release: () => undefined };
    this.#forgetWhereAsked();
    const pieces = this.#replies.pieces(reply);
    const buffer = this.#pool.take(pieces.length);
    return { bytes: pieces.write(buffer), release: () => this.#pool.give(buffer) };
  }

  #forgetWhereAsked(): void {
    if (this.#age === memory.age) return;
    this.#age = memory.age;
    this.#requests = this.#noRequests();
    this.#replies = this.#noReplies();
  }

  #noRequests(): IncrementalRequest {
    return new IncrementalRequest(Math.floor(this.#heap / 4), memory);
  }

  #noReplies(): IncrementalReply {
    return new IncrementalReply(Math.floor(this.#heap / 8));
  }
}
