import { spawn } from 'node:child_process';
import { access, constants as fs } from 'node:fs/promises';
import { constants } from 'node:os';
import { type Io, UsageError } from '../io.ts';

export const usage = `fluentbind start PROGRAM [ARGUMENT...]

Becomes another program, with as many open files as it may have at all: containers often start with 1,024, and Fluent
Bit needs some for each pipeline and one for each chunk that it retries.`;

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
  const { execve } = process as { execve?: Execve };
  // In its place, so that signals and memory are those of the program alone.
  if (execve !== undefined) execve.call(process, program, [program, ...args], process.env);
  return await beside(program, args, io);
}

async function beside(program: string, args: readonly string[], io: Io): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  void io.stopped.then(() => child.kill('SIGTERM'));
  return await new Promise((resolve, reject) => {
    child.once('error', ({ message }) => reject(new UsageError(message)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
