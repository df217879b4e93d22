import { LRUCache } from 'lru-cache';
import type { Refusal } from '../../api/wire/agent-report.ts';
import { ownThreads } from '../../fluentbit/render/workers.ts';
import { baseChange, conflicts } from '../desired/plan.ts';
import type { Blobs } from '../store/blob-store.ts';
import { type Disk, isMapOf, placeFile, stateIfThere } from '../store/disk.ts';
import type { Entry } from '../store/entry.ts';

/** Paths of a rendered file and of what it refers to, by name. */
export interface Subject {
  file: string;
  /** Whether it is a base configuration. */
  base?: true;
  secrets: Record<string, string>;
}

/** Tries a pipeline: undefined where Fluent Bit starts with it, else what it says. Rejects where that cannot be told. */
export type Assess = (subject: Subject) => Promise<string | undefined>;

const maxLine = 300;
const remembered = 8192;

const crowded: Refusal = {
  reason: 'TooManyThreads',
  line: `All outputs with threads of their own have ${ownThreads} on a node, and no more are left.`,
};

function isLearned(value: unknown): value is Record<string, Refusal> {
  return isMapOf(value, (one): one is Refusal => {
    const { reason, line } = (one ?? {}) as Partial<Refusal>;
    return typeof reason === 'string' && typeof line === 'string';
  });
}

/** Knows of each content whether it may be let near Fluent Bit. */
export class Judge {
  readonly #disk: Disk;
  readonly #blobs: Blobs;
  readonly #assess: Assess;
  /** What a reload did not take: written down, for trying it again would cost everybody a restart again. */
  readonly #file: string;
  readonly #passed = new LRUCache<string, true>({ max: remembered });
  readonly #refused = new LRUCache<string, Refusal>({ max: remembered });
  readonly #learned: Record<string, Refusal>;
  /** What finds no room beside the others, which changes with them. */
  #crowded: ReadonlySet<string> = new Set();

  constructor(disk: Disk, file: string, blobs: Blobs, assess: Assess) {
    this.#disk = disk;
    this.#file = file;
    this.#blobs = blobs;
    this.#assess = assess;
    this.#learned = stateIfThere(disk, file, isLearned) ?? {};
  }

  refusal(content: string): Refusal | undefined {
    return this.#learned[content] ?? this.#refused.get(content) ?? (this.#crowded.has(content) ? crowded : undefined);
  }

  /** Whether it was judged and not refused. */
  passes(content: string): boolean {
    return this.refusal(content) === undefined && this.#passed.has(content);
  }

  /** Tries it, unless that was done. What cannot be tried passes: a reload shows, and what it breaks is undone. */
  async judge(entry: Entry): Promise<void> {
    const content = entry.content;
    if (this.refusal(content) !== undefined || this.passes(content)) return;
    const secrets = Object.entries(entry.secrets).map(([key, blob]) => [key, this.#blobs.path(blob)]);
    await this.#try(content, { file: this.#blobs.path(entry.file), secrets: Object.fromEntries(secrets) });
  }

  /** The same for a base configuration, by its blob. */
  async judgeBase(blob: string): Promise<void> {
    const { content } = baseChange(blob);
    if (this.refusal(content) !== undefined || this.passes(content)) return;
    await this.#try(content, { file: this.#blobs.path(blob), secrets: {}, base: true });
  }

  async #try(content: string, subject: Subject): Promise<void> {
    const line = await this.#assess(subject).catch(() => undefined);
    if (line === undefined) this.#passed.set(content, true);
    else this.refuse(content, 'TrialRefused', line);
  }

  refuseConflicts(entries: Iterable<Entry>): void {
    for (const { content } of conflicts(entries))
      this.refuse(content, 'SecretConflict', 'Another pipeline has a secret of the same name.');
  }

  /** Refuses these for as long as they are too many, and no others. */
  crowdOut(contents: ReadonlySet<string>): void {
    this.#crowded = contents;
  }

  refuse(content: string, reason: Refusal['reason'], line: string): void {
    this.#refused.set(content, { reason, line: oneLine(line) });
  }

  /** What a reload seemed to show was something else. */
  forget(contents: Iterable<string>): void {
    for (const content of contents) delete this.#learned[content];
    placeFile(this.#disk, this.#file, JSON.stringify(this.#learned));
  }

  /** A reload showed that Fluent Bit does not live with it. `current`: contents that are still wanted. */
  learn(content: string, refusal: Refusal, current: ReadonlySet<string>): void {
    for (const old of Object.keys(this.#learned)) if (!current.has(old)) delete this.#learned[old];
    this.#learned[content] = refusal;
    placeFile(this.#disk, this.#file, JSON.stringify(this.#learned));
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, maxLine);
}
