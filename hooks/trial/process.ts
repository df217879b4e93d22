import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

export interface Limits {
  /** How long it may take. */
  seconds: number;
  /** How long it may calculate; more than a start ever needs, and less than `seconds`. */
  cpuSeconds: number;
  /** Resident memory. */
  memoryMiB: number;
}

/** How it ended: by itself, or because it was ended. `blocked`: it waited for something that did not come. */
export type Ending =
  | { how: 'ready' }
  | { how: 'exit'; code: number }
  | { how: 'crash'; signal: string }
  | { how: 'memory' | 'loop' | 'noise' | 'blocked' | 'slow' };

export interface Run {
  cwd: string;
  env: Record<string, string>;
  /** What it writes when all is well, and how often. */
  marker: string;
  marks: number;
  /** What it writes when it will end by itself; it need not be waited for. */
  givenUp: RegExp;
}

export interface LimitedProcess {
  ending: Ending;
  /** The beginning of standard error, without the marker. */
  output: string;
}

const maxOutput = 65_536;
/** Whoever writes more is ended, for somebody has to read it. */
const maxNoise = 4 * 1024 * 1024;
/** Often, because a script allocates several gigabytes in a second. */
const lookEvery = 10;
const ticksPerSecond = 100;

/**
 * Runs a program until it has written its marker to standard error, and then ends it with everything that it started. rlimits are of no use here: neither shell nor prlimit are in the image, and LuaJIT and threads reserve
 * far more addresses than they use. So memory is looked at, and the kernel is told whom to kill first.
 */
export async function limitedProcess(
  [binary, ...args]: readonly [string, ...string[]],
  run: Run,
  limits: Limits,
): Promise<LimitedProcess> {
  const child = spawn(binary, args, {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const exited = new Promise<Ending>((resolve) =>
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { how: 'exit', code: code ?? 0 } : { how: 'crash', signal }),
    ),
  );
  preferToKill(pid);
  const heard = new Heard(run);
  const timers: NodeJS.Timeout[] = [];
  const ended = new Promise<Ending>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      const said = heard.add(chunk);
      if (said !== undefined) resolve(said);
    });
    timers.push(
      setInterval(() => {
        const { memoryMiB, cpuSeconds } = usage(pid);
        if (memoryMiB > limits.memoryMiB) resolve({ how: 'memory' });
        else if (cpuSeconds > limits.cpuSeconds) resolve({ how: 'loop' });
      }, lookEvery),
      setTimeout(() => resolve({ how: afterAll(pid, limits) }), limits.seconds * 1000),
    );
  });
  const ending = await Promise.race([ended, exited]);
  for (const timer of timers) clearTimeout(timer);
  killGroup(pid);
  await exited;
  // What it wrote before it ended may still be under way.
  if (!child.stderr.readableEnded && ending.how !== 'ready')
    await Promise.race([new Promise((resolve) => child.stderr.once('end', resolve)), wait(200)]);
  child.stderr.destroy();
  return { ending, output: heard.text() };
}

/** What a program says: the beginning of it is kept, all of it is listened to. */
class Heard {
  readonly #run: Run;
  #head = '';
  #tail = '';
  #marks = 0;
  #bytes = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  /** What follows from what it said so far, if anything does. */
  add(chunk: Buffer): Ending | undefined {
    const { marker, marks, givenUp } = this.#run;
    const text = this.#tail + chunk.toString('utf8');
    const after = text.split(marker);
    if (this.#head.length < maxOutput) this.#head += chunk.toString('utf8');
    this.#marks += after.length - 1;
    // Nothing looked for is longer.
    this.#tail = (after.at(-1) ?? '').slice(-256);
    this.#bytes += chunk.length;
    if (this.#marks >= marks) return { how: 'ready' };
    if (this.#bytes > maxNoise) return { how: 'noise' };
    return givenUp.test(text) ? { how: 'exit', code: 255 } : undefined;
  }

  text(): string {
    return this.#head.slice(0, maxOutput).replaceAll(`${this.#run.marker}\n`, '');
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** Out of memory, the kernel would else take the process that supervises. */
function preferToKill(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // It ended already, or this is no Linux.
  }
}

function usage(pid: number): { memoryMiB: number; cpuSeconds: number } {
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(processFile(`${pid}/status`))?.[1] ?? '0';
  const [user = '0', system = '0'] = fields(processFile(`${pid}/stat`)).slice(11, 13);
  return { memoryMiB: Number(resident) / 1024, cpuSeconds: (Number(user) + Number(system)) / ticksPerSecond };
}

/** What keeps it when its time is over. A start takes a fraction of the time that makes a loop, however slow it goes. */
function afterAll(pid: number, { cpuSeconds }: Limits): 'loop' | 'slow' | 'blocked' {
  if (!isRunnable(pid)) return 'blocked';
  return usage(pid).cpuSeconds > cpuSeconds / 4 ? 'loop' : 'slow';
}

/** Whether one of its threads has something to do: such a one is not blocked, it only got no turn. */
function isRunnable(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((task) => fields(processFile(`${pid}/task/${task}/stat`))[0] === 'R');
  } catch {
    return true;
  }
}

/** The fields of a stat file behind the name of the program, which may hold anything: state first. */
function fields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function processFile(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return '';
  }
}
