const unit = 1024 * 1024;

interface Kept<T> {
  buffer: Buffer;
  length: number;
  value: T;
}

/** The latest texts that were read, with what was read: to compare texts takes a tenth of the time of a digest. */
export class RecentBuffers<T> {
  /** The latest first. */
  readonly #kept: Kept<T>[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  /** What was read of a text that stands there whole, and where it ends. */
  at(bytes: Buffer, start: number): { value: T; end: number } | undefined {
    const index = this.#kept.findIndex(({ buffer, length }) => {
      const end = start + length;
      return end <= bytes.length && buffer.compare(bytes, start, end, 0, length) === 0;
    });
    const [found] = index < 0 ? [] : this.#kept.splice(index, 1);
    if (found === undefined) return undefined;
    this.#kept.unshift(found);
    return { value: found.value, end: start + found.length };
  }

  /** Takes a copy, into the memory of the one that goes where there is room: what is let go is not free at once. */
  add(text: Buffer, value: T): void {
    const last = this.#kept.length < this.#count ? undefined : this.#kept.pop();
    const buffer =
      last !== undefined && last.buffer.length >= text.length
        ? last.buffer
        : Buffer.allocUnsafeSlow(Math.ceil(text.length / unit) * unit);
    text.copy(buffer);
    this.#kept.unshift({ buffer, length: text.length, value });
  }
}
