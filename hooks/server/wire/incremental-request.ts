import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { remember } from '../../memo/freeze.ts';
import type { Memory } from '../../memo/registry.ts';
import { parseJson, textOf } from './body.ts';
import { RecentBuffers } from './recent-buffers.ts';

const [quote, colon, comma, open, close] = [...'":,{}'].map((character) => character.charCodeAt(0));
const beforeChildren = ',"children":';
const beforeRelated = ',"related":';
const ending = /^(?:,"finalizing":(true|false))?\}$/;

/** A pass that wrote something is followed by one with the very same related objects. */
const latestTexts = 4;
/** How far they move from the end when one of them changes, mostly. */
const nearby = 16 * 1024;

interface Remembered {
  /** Bytes of its text. */
  length: number;
  digest: string;
  object: unknown;
}

/**
 * Reads requests of Metacontroller whose related objects are many and mostly as they were: an object whose text is the
 * same, by its SHA-256, is not parsed again, but the very object of before, frozen, and so are all of them together where
 * none changed. What a hook found out about them can be kept beside them. Children are parsed when somebody asks for
 * them. The value is that of JSON.parse; a request that is written otherwise than Metacontroller does it (in the order of
 * its fields, without white space) just goes there.
 */
export class IncrementalRequest {
  readonly #known: LRUCache<string, Remembered>;
  readonly #latest = new RecentBuffers<unknown>(latestTexts);
  /** How far from the end the related objects of a parent began: to search for them takes long. */
  readonly #distances = new LRUCache<string, number>({ max: 1024 });

  readonly #counts: Pick<Memory, 'hits' | 'misses'>;

  /**
   * @param maxSize bytes of text whose objects are kept
   * @param counts objects that were known, and that were not
   */
  constructor(maxSize: number, counts: Pick<Memory, 'hits' | 'misses'>) {
    this.#counts = counts;
    this.#known = new LRUCache({ maxSize, maxEntrySize: maxSize, sizeCalculation: ({ length }) => length });
  }

  parse(bytes: Buffer): unknown {
    return this.#parts(bytes) ?? parseJson(bytes);
  }

  /**
   * Undefined where it cannot be sure. A quote that no backslash precedes ends or begins a string, so what is found
   * begins a field; that it is one of the request itself, and not of something in it, shows in what is around it: what
   * comes before is whole with one brace, and so is what comes after.
   */
  #parts(bytes: Buffer): unknown {
    const childrenAt = bytes.indexOf(`${beforeChildren}{`);
    if (childrenAt < 0) return undefined;
    const head = parsed(`${textOf(bytes.subarray(0, childrenAt))}}`);
    if (typeof head !== 'object' || head === null) return undefined;
    const parent = nameIn(head);
    const from = childrenAt + beforeChildren.length;
    const near = this.#distances.get(parent);
    const found =
      (near === undefined ? undefined : this.#related(bytes, bytes.length - near - nearby, from, 2 * nearby)) ??
      this.#related(bytes, from, from);
    if (found === undefined) return undefined;
    this.#distances.set(parent, bytes.length - found.at);
    const children = bytes.subarray(from, found.at);
    let read: unknown;
    return Object.defineProperty({ ...head, ...found.rest, related: found.value }, 'children', {
      enumerable: true,
      get: () => (read ??= parseJson(children)),
    });
  }

  /** The related objects, and what is behind them: nothing else may be, or they are in something. */
  #related(
    bytes: Buffer,
    earliest: number,
    least: number,
    within: number = bytes.length,
  ): { at: number; value: unknown; rest: object } | undefined {
    const begin = Math.max(earliest, least);
    const offset = bytes.subarray(begin, begin + within).indexOf(`${beforeRelated}{`);
    if (offset < 0) return undefined;
    const at = begin + offset;
    const start = at + beforeRelated.length;
    const known = this.#latest.at(bytes, start);
    const related =
      known ??
      this.#map(bytes, start, (from, kind) =>
        this.#map(bytes, from, (one, name) => this.#object(bytes, one, `${kind} ${name}`)),
      );
    const tail = related === undefined ? undefined : ending.exec(bytes.toString('latin1', related.end));
    if (related === undefined || !tail) return undefined;
    if (known === undefined) this.#latest.add(bytes.subarray(start, related.end), related.value);
    return { at, value: related.value, rest: tail[1] === undefined ? {} : { finalizing: tail[1] === 'true' } };
  }

  /** An object of which each value is read on its own. */
  #map(bytes: Buffer, start: number, read: (start: number, key: string) => Read | undefined): Read | undefined {
    if (bytes[start] !== open) return undefined;
    const entries: [string, unknown][] = [];
    for (let at = start + 1; ; at++) {
      if (bytes[at] === close && entries.length === 0) return { value: remember({}), end: at + 1 };
      const end = stringEnd(bytes, at);
      const key = end === undefined ? undefined : parsed(textOf(bytes.subarray(at, end)));
      if (end === undefined || typeof key !== 'string' || bytes[end] !== colon) return undefined;
      const found = read(end + 1, key);
      if (found === undefined) return undefined;
      entries.push([key, found.value]);
      at = found.end;
      if (bytes[at] === close) return { value: remember(Object.fromEntries(entries)), end: at + 1 };
      if (bytes[at] !== comma) return undefined;
    }
  }

  /** No text of an object begins with that of another: where the text of before stands, it stands whole. */
  #object(bytes: Buffer, start: number, key: string): Read | undefined {
    const known = this.#known.get(key);
    if (known !== undefined && known.length <= bytes.length - start) {
      const end = start + known.length;
      if (digestOf(bytes.subarray(start, end)) === known.digest) {
        this.#counts.hits += 1;
        return { value: known.object, end };
      }
    }
    this.#counts.misses += 1;
    const end = objectEnd(bytes, start);
    const text = end === undefined ? undefined : bytes.subarray(start, end);
    const object = text === undefined ? undefined : parsed(textOf(text));
    if (end === undefined || text === undefined || object === undefined) return undefined;
    this.#known.set(key, { length: text.length, digest: digestOf(text), object: remember(object) });
    return { value: object, end };
  }
}

interface Read {
  value: unknown;
  end: number;
}

function nameIn(head: object): string {
  const { kind, metadata } =
    (head as { parent?: { kind?: unknown; metadata?: { name?: unknown } } | null }).parent ?? {};
  return `${kind} ${metadata?.name}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function digestOf(text: Buffer): string {
  return hash('sha256', text, 'base64');
}

/** Where a string ends that begins here; undefined where none does. */
function stringEnd(bytes: Buffer, start: number): number | undefined {
  if (bytes[start] !== quote) return undefined;
  for (let at = bytes.indexOf('"', start + 1); at >= 0; at = bytes.indexOf('"', at + 1)) {
    let before = at;
    while (bytes[before - 1] === 0x5c) before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
  return undefined;
}

function objectEnd(bytes: Buffer, start: number): number | undefined {
  if (bytes[start] !== open) return undefined;
  let depth = 0;
  for (let at = start; at < bytes.length; ) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = stringEnd(bytes, at);
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    if (byte === open) depth += 1;
    if (byte === close) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return undefined;
}
