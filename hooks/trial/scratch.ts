import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Candidate } from '../api/wire/trial.ts';
import type { StandIns } from './stand-ins.ts';

/** A folder of its own for one trial. */
export interface Scratch {
  folder: string;
  write: (name: string, content: string | Buffer) => string;
  remove: () => void;
}

const tmpfs = 0x01021994;

/** Where scratch folders go unless it is said: into memory, where that is possible. */
export function scratchParent(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    if (statfsSync('/dev/shm').type === tmpfs) return '/dev/shm';
  } catch {
    // There is none on this machine.
  }
  return tmpdir();
}

export function makeScratch(parent: string): Scratch {
  const folder = mkdtempSync(join(parent, 'fluentbind-trial-'));
  return {
    folder,
    write: (name, content) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Files of the candidate, with stand-ins for what is secret. */
export function writeSecrets(scratch: Scratch, directory: string, secrets: Candidate['secrets'], made: StandIns): void {
  for (const [key, file] of Object.entries(secrets))
    scratch.write(`${directory}/${key}`, 'kind' in file ? made[file.kind] : Buffer.from(file.content, 'base64'));
}
