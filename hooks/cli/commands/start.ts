import { spawn } from 'node:child_process';
import { access, constants as fs } from 'node:fs/promises';
import { constants } from 'node:os';
import { readSidecarConfig } from '../../config/sidecar-config.ts';
import { CatchUp } from '../../sidecar/positions/catch-up.ts';
import { disk } from '../../sidecar/store/disk.ts';
import { readIndex } from '../../sidecar/store/tree.ts';
import { type Io, UsageError } from '../io.ts';

export const usage = `fluentbind start PROGRAM [ARGUMENT...]

Becomes another program, with as many open files as it may have at all: containers often start with 1,024, and Fluent
Bit needs some for each pipeline and one for each chunk that it retries. Beside a sidecar it finds the log files first
that were rotated while the program was away, for it to read (FLUENTBIND_LIVE, FLUENTBIND_STATE, FLUENTBIND_LOGS).`;

/** Node 22.15 and later; its types are of an older one. */
type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/** Node raises its own soft limit to the hard one when it starts, and what it becomes or starts inherits that. */
export async function start([program, ...args]: string[], io: Io): Promise<number> {
  if (program === undefined) throw new UsageError('it needs a program to start');
  // A failing execve ends the process without a word that helps.
  const missing = await access(program, fs.X_OK).then(
    () => undefined,
    (error: Error) => error,
  );
  if (missing !== undefined) throw new UsageError(missing.message);
  catchUp(io);
  const { execve } = process as { execve?: Execve };
  // In its place, so that signals and memory are those of the program alone.
  if (execve !== undefined) execve.call(process, program, [program, ...args], process.env);
  return await beside(program, args, io);
}

/** Now, for nobody has the positions open. Whatever comes of it, the program starts. */
function catchUp(io: Io): void {
  try {
    const { live, state, logs } = readSidecarConfig().places;
    const pipelines = readIndex(disk, live)?.pipelines ?? [];
    const { links, faults } = new CatchUp(disk, state, logs).prepare(pipelines);
    if (links > 0) io.err(`${links} rotated log files to read\n`);
    for (const fault of faults.slice(0, 8)) io.err(`rotated log files: ${fault}\n`);
  } catch (error) {
    io.err(`rotated log files: ${(error as Error).message}\n`);
  }
}

async function beside(program: string, args: readonly string[], io: Io): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  void io.stopped.then(() => child.kill('SIGTERM'));
  return await new Promise((resolve, reject) => {
    child.once('error', ({ message }) => reject(new UsageError(message)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
