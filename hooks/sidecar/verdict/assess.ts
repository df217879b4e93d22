import { readFileSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { Candidate, TrialVerdict } from '../../api/wire/trial.ts';
import {
  baseTrialInput,
  type NodeFolders,
  type NodeTrialInput,
  nodeTrialInput,
} from '../../fluentbit/render/trial-input.ts';
import { readBuild } from '../../trial/build.ts';
import { Trials } from '../../trial/queue.ts';
import { tryCandidate } from '../../trial/run.ts';
import { scratchParent } from '../../trial/scratch.ts';
import { makeStandIns } from '../../trial/stand-ins.ts';
import { sha256 } from '../store/blob-store.ts';
import type { Assess } from './judge.ts';

const quoting = 'Fluent Bit does not start with it; what it says may quote a secret.';
const quotingContents =
  'Fluent Bit does not start with what its Secrets hold, a certificate or a key for instance; what it says may quote them.';

/** A trial run of a real Fluent Bit. */
export type Try = (candidate: Candidate) => Promise<TrialVerdict>;

export interface NodeTrialSettings {
  binary: string;
  seconds: number;
  memoryMiB: number;
  folder?: string;
}

/** Tries what is new, with what its secrets hold; pipelines with equal input share a trial. */
export function assessor(folders: NodeFolders, attempt: Try): Assess {
  const reason = async ({ candidate, withStandIns }: NodeTrialInput, message: string): Promise<string> => {
    if (Object.keys(candidate.secrets).length === 0) return message;
    if (withStandIns === undefined) return quoting;
    const other = await attempt(withStandIns);
    return other.verdict === 'refused' ? (other.message ?? '') : quotingContents;
  };
  const told = new LRUCache<string, { line: string | undefined }>({ max: 4096 });
  return async ({ file, secrets, base }) => {
    if (base) return await assessBase(readFileSync(file, 'utf8'), folders, attempt);
    const contents = new Map(Object.entries(secrets).map(([key, path]) => [key, readFileSync(path)]));
    const input = nodeTrialInput(readFileSync(file, 'utf8'), contents, folders);
    if (input === undefined) return 'The file is no YAML.';
    const key = sha256(JSON.stringify(input.candidate));
    const known = told.get(key);
    if (known !== undefined) return known.line;
    const { verdict, message } = await attempt(input.candidate);
    const line = verdict === 'refused' ? await reason(input, message ?? '') : undefined;
    // What could not be tried for a reason that is not its own may be another time.
    if (verdict !== 'skipped') told.set(key, { line });
    return line;
  };
}

async function assessBase(text: string, folders: NodeFolders, attempt: Try): Promise<string | undefined> {
  const candidate = baseTrialInput(text, folders);
  if (typeof candidate === 'string') return candidate;
  const { verdict, message } = await attempt(candidate);
  return verdict === 'refused' ? (message ?? '') : undefined;
}

/** Trials on the node itself, one at a time, with the Fluent Bit of its agent. */
export async function nodeTrials({ binary, seconds, memoryMiB, folder }: NodeTrialSettings): Promise<Try> {
  const [build, standIns] = await Promise.all([readBuild(binary), makeStandIns()]);
  const limits = { seconds, cpuSeconds: seconds / 2, memoryMiB };
  const bench = { build, standIns, limits, parent: folder ?? scratchParent() };
  const trials = new Trials({ attempt: (candidate) => tryCandidate(candidate, bench), concurrency: 1, queue: 1 });
  return async (candidate) => {
    const verdict = await trials.verdict(candidate);
    if (verdict === 'full') throw new Error('too many trials at once');
    return verdict;
  };
}
