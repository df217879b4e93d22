import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { deepFreeze } from '../controllers/frozen.ts';
import { parseJson, textOf } from './body.ts';

const [quote, colon, comma, open, close] = [...'":,{}'].map((character) => character.charCodeAt(0));
const beforeChildren = ',"children":';
const beforeRelated = ',"related":';
const ending = /^(,"finalizing":(?:true|false))?\}$/;

interface Remembered {
  /** Bytes of its text. */
  length: number;
  digest: string;
  object: unknown;
}

/**
 * Reads requests of Metacontroller whose related objects are many and mostly as they were: an object whose text is the
 * same, by its SHA-256, is not parsed again, but the very object of before, frozen. What a hook found out about it can be
 * kept beside it. Children are parsed when somebody asks for them. The value is that of JSON.parse; a request that is
 * written otherwise than Metacontroller does it (in the order of its fields, without white space) just goes there.
 */
export class RelatedMemory {
  readonly #known: LRUCache<string, Remembered>;

  /** @param maxSize bytes of text whose objects are kept */
  constructor(maxSize: number) {
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
    const relatedAt = bytes.indexOf(`${beforeRelated}{`, Math.max(childrenAt, 0));
    if (childrenAt < 0 || relatedAt < 0) return undefined;
    const related = this.#map(bytes, relatedAt + beforeRelated.length, (start, kind) =>
      this.#map(bytes, start, (from, name) => this.#object(bytes, from, `${kind} ${name}`)),
    );
    const tail = related === undefined ? undefined : ending.exec(bytes.toString('latin1', related.end));
    const head = parsed(`${textOf(bytes.subarray(0, childrenAt))}${tail?.[1] ?? ''}}`);
    if (related === undefined || !tail || typeof head !== 'object' || head === null) return undefined;
    const children = bytes.subarray(childrenAt + beforeChildren.length, relatedAt);
    let read: unknown;
    return Object.defineProperty({ ...head, related: related.value }, 'children', {
      enumerable: true,
      get: () => (read ??= parseJson(children)),
    });
  }

  /** An object of which each value is read on its own. */
  #map(bytes: Buffer, start: number, read: (start: number, key: string) => Read | undefined): Read | undefined {
    if (bytes[start] !== open) return undefined;
    const entries: [string, unknown][] = [];
    for (let at = start + 1; ; at++) {
      if (bytes[at] === close && entries.length === 0) return { value: {}, end: at + 1 };
      const end = stringEnd(bytes, at);
      const key = end === undefined ? undefined : parsed(textOf(bytes.subarray(at, end)));
      if (end === undefined || typeof key !== 'string' || bytes[end] !== colon) return undefined;
      const found = read(end + 1, key);
      if (found === undefined) return undefined;
      entries.push([key, found.value]);
      at = found.end;
      if (bytes[at] === close) return { value: Object.fromEntries(entries), end: at + 1 };
      if (bytes[at] !== comma) return undefined;
    }
  }

  /** No text of an object begins with that of another: where the text of before stands, it stands whole. */
  #object(bytes: Buffer, start: number, key: string): Read | undefined {
    const known = this.#known.get(key);
    if (known !== undefined && known.length <= bytes.length - start) {
      const end = start + known.length;
      if (digestOf(bytes.subarray(start, end)) === known.digest) return { value: known.object, end };
    }
    const end = objectEnd(bytes, start);
    const text = end === undefined ? undefined : bytes.subarray(start, end);
    const object = text === undefined ? undefined : parsed(textOf(text));
    if (end === undefined || text === undefined || object === undefined) return undefined;
    this.#known.set(key, { length: text.length, digest: digestOf(text), object: deepFreeze(object) });
    return { value: object, end };
  }
}

interface Read {
  value: unknown;
  end: number;
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
