import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const maxSize = 8 * 1024 * 1024;
const maxEntrySize = 1024 * 1024;

/**
 * Judgements by all that they follow from. Each pass that wrote something is followed by others that find it written, and
 * have to judge the same once more.
 */
export class Judgements<T extends object> {
  readonly #known = new LRUCache<string, T>({ maxSize, maxEntrySize });

  /** @param inputs all that it looks at; what it finds out of them nobody may change */
  of(inputs: unknown, judge: () => T): T {
    const text = JSON.stringify(inputs);
    const key = hash('sha256', text, 'base64');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const judgement = judge();
    this.#known.set(key, judgement, { size: text.length });
    return judgement;
  }
}
