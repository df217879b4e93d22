import { dirname, join } from 'node:path';
import type { ControlAddress } from '../fluentbit/agent/control-address.ts';
import { outputsIn } from '../shards/node-data.ts';
import { Probation } from './blame/probation.ts';
import { Dormancy } from './desired/dormancy.ts';
import { type Assembled, Incoming, type ShardState } from './desired/incoming.ts';
import { NodeLogs } from './desired/node-logs.ts';
import { type Desired, desiredOf } from './desired/plan.ts';
import { CatchUp } from './positions/catch-up.ts';
import { ProvenBase } from './reload/proven-base.ts';
import { Blobs } from './store/blob-store.ts';
import { chosenControl } from './store/chosen-control.ts';
import { type Disk, linkIfThere, placeFile, readIfThere, stateIfThere } from './store/disk.ts';
import { type Entry, isEntry, nameOf } from './store/entry.ts';
import { Pointers } from './store/pointers.ts';
import { type Index, ownFile, Trees } from './store/tree.ts';
import { type Assess, Judge } from './verdict/judge.ts';

/** Where everything lies on a node. */
export interface Places {
  /** The projected volume. */
  incoming: string;
  /** The base configuration. */
  base: string;
  /** A folder on tmpfs. */
  generations: string;
  /** The link that Fluent Bit reads. */
  live: string;
  /** Positions and chunks. */
  state: string;
  /** Folders of pods. */
  logs: string;
}

const isEntryList = (value: unknown): value is Entry[] => Array.isArray(value) && value.every(isEntry);

/** What sidecar and init container have in common. */
export class Workspace {
  readonly disk: Disk;
  readonly places: Places;
  readonly blobs: Blobs;
  readonly trees: Trees;
  readonly pointers: Pointers;
  readonly judge: Judge;
  /** Where Fluent Bit's server listens in all generations of this pod. */
  readonly control: ControlAddress;
  readonly probation: Probation;
  readonly provenBase: ProvenBase;
  readonly catchUp: CatchUp;
  readonly #incoming: Incoming;
  readonly #dormancy: Dormancy;
  readonly #dormantFile: string;
  #remembered = '';

  /**
   * @param anyway pipelines that are live whether there is something for them on the node or not
   * @param control where Fluent Bit's server is to listen; by chance where it is not said
   */
  constructor(disk: Disk, places: Places, assess: Assess, anyway: number, control?: ControlAddress) {
    this.disk = disk;
    this.places = places;
    disk.mkdirSync(places.generations, { recursive: true, mode: 0o700 });
    this.blobs = new Blobs(disk, join(places.generations, 'blobs'));
    this.control = control ?? chosenControl(disk, join(places.live, ownFile));
    this.trees = new Trees(disk, places.generations, this.blobs, this.control);
    this.pointers = new Pointers(disk, places.live, places.generations);
    this.judge = new Judge(disk, join(places.generations, 'refused.json'), this.blobs, assess);
    this.probation = new Probation(disk, join(places.generations, 'probation.json'));
    this.provenBase = new ProvenBase(disk, join(places.state, 'base.yaml'), this.blobs);
    this.catchUp = new CatchUp(disk, places.state, places.logs);
    this.#dormancy = new Dormancy(new NodeLogs(disk, places.logs), places.state, anyway);
    this.#dormantFile = join(places.generations, 'asleep.json');
    this.#incoming = new Incoming(disk, places.incoming, this.blobs, remembered(this.#known()));
  }

  /** What an earlier process knew. */
  #known(): Entry[] {
    const dormant = stateIfThere(this.disk, this.#dormantFile, isEntryList) ?? [];
    this.#remembered = contentsIn(dormant);
    return [...(this.lastGood()?.pipelines ?? []), ...dormant];
  }

  /** The last good one of an earlier process. */
  lastGood(): Index | undefined {
    return this.pointers.good === undefined ? undefined : this.trees.read(this.pointers.good);
  }

  assemble(good: Index | undefined): Assembled & { desired: Desired } {
    const assembled = this.#incoming.assemble();
    const desired = desiredOf(assembled.shards, this.base(good), good);
    const live = new Set(good?.pipelines.map(nameOf));
    const dormant = this.#dormancy.of(desired.entries, live, Date.now());
    this.#remember([...dormant].flatMap((name) => desired.entries.get(name) ?? []));
    return { ...assembled, desired: { ...desired, dormant } };
  }

  /** A generation says nothing of them, and a later process has to know them as well as the rest. */
  #remember(dormant: readonly Entry[]): void {
    const contents = contentsIn(dormant);
    if (contents === this.#remembered) return;
    placeFile(this.disk, this.#dormantFile, JSON.stringify(dormant));
    this.#remembered = contents;
  }

  /** Whether the node has got something to do for a pipeline that is dormant. */
  wakes({ entries, dormant }: Desired): boolean {
    return dormant.size > 0 && this.#dormancy.ends([...dormant].flatMap((name) => entries.get(name) ?? []));
  }

  /** Blob of the base configuration: the mounted one, or while there is none the last. */
  base(good: Index | undefined): string {
    const content = readIfThere(this.disk, this.places.base);
    if (content === undefined) {
      if (good !== undefined) return good.base;
      throw new Error(`there is no ${this.places.base}`);
    }
    return this.blobs.putBase(content);
  }

  /** All outputs that are wanted or live, with the bytes that each may have on the disk. */
  limits(desired: Desired, good: Index): Map<string, number> {
    const bases = [desired.base, good.base].map((blob) => outputsIn(this.blobs.read(blob).toString('utf8')));
    const owners = [...bases, ...good.pipelines, ...desired.entries.values()];
    return new Map(owners.flatMap(({ ids, limit = Number.POSITIVE_INFINITY }) => ids.map((id) => [id, limit])));
  }

  /** Removes what is neither wanted nor live, and what nothing would go back to. */
  sweep(desired: Desired, good: Index): void {
    const formers = this.probation.formers();
    const entries = [...desired.entries.values(), ...good.pipelines, ...formers.entries];
    const blobs = entries.flatMap(({ file, secrets }) => [file, ...Object.values(secrets)]);
    this.blobs.sweep(new Set([...blobs, ...formers.bases, desired.base, good.base]));
  }

  /** Changes whenever something that is mounted does. */
  stamp(): string {
    return `${this.#incoming.stamp()} ${linkIfThere(this.disk, join(dirname(this.places.base), '..data')) ?? ''}`;
  }

  /** Whether the kubelet's links tell of every change. */
  get isProjected(): boolean {
    return [this.places.incoming, dirname(this.places.base)].every(
      (folder) => linkIfThere(this.disk, join(folder, '..data')) !== undefined,
    );
  }
}

/** Shards as they were; their manifests are read anew, for some of it may be older. */
function remembered(entries: readonly Entry[]): Map<number, ShardState> {
  const shards = new Map<number, ShardState>();
  for (const entry of entries) {
    const state = shards.get(entry.shard) ?? { revision: '', entries: [], present: false };
    state.entries.push(entry);
    shards.set(entry.shard, state);
  }
  return shards;
}

function contentsIn(entries: readonly Entry[]): string {
  return entries.map(({ content }) => content).join();
}
