/** As many as hooks are called at once, mostly. */
const kept = 4;
const least = 64 * 1024;

/** What is larger is read and written like any other request. */
export const pooledBytes = 8 * 1024 * 1024;

/**
 * Buffers of megabytes that are used again. V8 takes memory outside of its heap for a reason to collect all of it, and
 * does so whenever some ten requests of shards have come and gone: that cost more than all that is done with them.
 */
export class BufferPool {
  /** The smallest first. */
  readonly #free: Buffer[] = [];
  /** Bytes; what is larger is not kept. */
  readonly largest: number;

  constructor(largest: number) {
    this.largest = largest;
  }

  /** At least so many bytes, whatever is in them; often more, for the next may be a little larger. */
  take(size: number): Buffer {
    const index = this.#free.findIndex(({ length }) => length >= size);
    const [found] = index < 0 ? [] : this.#free.splice(index, 1);
    if (found !== undefined) return found;
    return Buffer.allocUnsafeSlow(size > this.largest ? size : Math.max(least, 2 ** Math.ceil(Math.log2(size))));
  }

  /** Takes one back whose bytes nobody looks at any more. */
  give(buffer: Buffer): void {
    if (buffer.length > this.largest) return;
    this.#free.push(buffer);
    this.#free.sort((a, b) => a.length - b.length);
    // The smallest goes: a larger one serves as well.
    if (this.#free.length > kept) this.#free.shift();
  }
}
