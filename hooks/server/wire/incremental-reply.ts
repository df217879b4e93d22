import { isAscii } from 'node:buffer';
import { LRUCache } from 'lru-cache';
import { byIdentity } from '../../memo/by-identity.ts';

/** Texts that are shorter are written in no time. */
const long = 1024;

/** JSON of a long text; without bytes where nothing but quotes stands around its ASCII. */
interface Known {
  bytes: Buffer | undefined;
}

/**
 * What data consists of that comes again as it was. Without it one change takes 1.08 and onboarding 0.99 times the
 * CPU (`npm run bench -- memory`).
 */
const written = byIdentity<object, Pieces>('data in replies');

/** Replies that mostly say what those before them said: their long texts are looked through once. */
export class IncrementalReply {
  /** By the text itself, often the very string of before, whose hash is known. */
  readonly #known: LRUCache<string, Known>;

  /** @param maxSize characters of texts that are kept */
  constructor(maxSize: number) {
    this.#known = new LRUCache({ maxSize, maxEntrySize: maxSize, sizeCalculation: (_, text) => text.length });
  }

  /** What JSON.stringify makes of a reply. */
  pieces(reply: object): Pieces {
    const { children, ...rest } = reply as { children?: unknown };
    const pieces = new Pieces();
    if (!Array.isArray(children)) {
      pieces.add(JSON.stringify(reply));
      return pieces;
    }
    pieces.add(opened(rest), '"children":[');
    for (const [index, child] of children.entries()) {
      if (index > 0) pieces.add(',');
      this.#child(child as object, pieces);
    }
    pieces.add(']}');
    return pieces;
  }

  #child(child: object, pieces: Pieces): void {
    const { data, ...rest } = child as { apiVersion: string; data?: Record<string, unknown> };
    const entries = Object.entries(data ?? {});
    if (entries.length === 0 || !entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
      pieces.add(JSON.stringify(child));
      return;
    }
    pieces.add(opened(rest), '"data":');
    pieces.join(written(data as object, () => this.#data(entries)));
    pieces.add('}');
  }

  #data(entries: readonly [string, string][]): Pieces {
    const pieces = new Pieces();
    pieces.add('{');
    for (const [index, [key, text]] of entries.entries()) {
      pieces.add(index > 0 ? ',' : '', JSON.stringify(key), ':');
      if (text.length < long) pieces.add(JSON.stringify(text));
      else this.#text(text, pieces);
    }
    pieces.add('}');
    return pieces;
  }

  #text(text: string, pieces: Pieces): void {
    let known = this.#known.get(text);
    if (known === undefined) {
      const bytes = Buffer.from(JSON.stringify(text));
      known = { bytes: bytes.length === text.length + 2 && isAscii(bytes) ? undefined : bytes };
      this.#known.set(text, known);
    }
    if (known.bytes === undefined) pieces.quote(text);
    else pieces.append(known.bytes);
  }
}

/** The beginning of an object that goes on. */
function opened(object: object): string {
  const json = JSON.stringify(object).slice(0, -1);
  return json === '{' ? json : `${json},`;
}

/** Bytes that are put together once, without making one large text of them before. */
export class Pieces {
  readonly #pieces: (Buffer | string)[] = [];
  #length = 0;
  #pending = '';

  add(...texts: string[]): void {
    for (const text of texts) this.#pending += text;
  }

  append(bytes: Buffer): void {
    this.#flush();
    this.#push(bytes);
  }

  /** @param text ASCII that JSON does not escape */
  quote(text: string): void {
    this.#pending += '"';
    this.#flush();
    this.#push(text);
    this.#pending = '"';
  }

  join(other: Pieces): void {
    other.#flush();
    this.#flush();
    for (const piece of other.#pieces) this.#pieces.push(piece);
    this.#length += other.#length;
  }

  get length(): number {
    this.#flush();
    return this.#length;
  }

  /** Writes them to the beginning of a buffer, and returns that part of it. */
  write(buffer: Buffer): Buffer {
    this.#flush();
    let at = 0;
    for (const piece of this.#pieces)
      at += typeof piece === 'string' ? buffer.write(piece, at, 'latin1') : piece.copy(buffer, at);
    return buffer.subarray(0, at);
  }

  #push(piece: Buffer | string): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #flush(): void {
    if (this.#pending !== '') this.#push(Buffer.from(this.#pending));
    this.#pending = '';
  }
}
