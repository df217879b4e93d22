import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Assess, Subject } from './judge.ts';

/** A line from the process that tries: `line` where Fluent Bit refuses, `failed` where nothing can be told. */
type Answer = { line?: string } | { failed: true };

/**
 * Trials in a process of their own, which ends when nothing was asked for a while: what reads YAML and makes stand-ins
 * takes as much memory as all the rest of the sidecar, and is seldom needed.
 */
export class AssessProcess {
  readonly #command: readonly [string, ...string[]];
  readonly #idle: number;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: ((answer: Answer) => void) | undefined;

  constructor(command: readonly [string, ...string[]], idleMilliseconds = 10_000) {
    this.#command = command;
    this.#idle = idleMilliseconds;
  }

  /** One at a time. */
  readonly assess: Assess = async (subject) => {
    clearTimeout(this.#timer);
    const child = this.#child ?? this.#start();
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting = resolve;
      child.stdin?.write(`${JSON.stringify(subject)}\n`);
    });
    this.#timer = setTimeout(() => this.close(), this.#idle);
    this.#timer.unref();
    if ('failed' in answer) throw new Error('the trial failed');
    return answer.line;
  };

  /** Ends the process, unless it is needed again. */
  close(): void {
    clearTimeout(this.#timer);
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const [program, ...args] = this.#command;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    const gone = () => {
      if (this.#child === child) this.#child = undefined;
      this.#answer({ failed: true });
    };
    child.once('error', gone);
    child.once('exit', gone);
    child.stdin.on('error', () => {});
    createInterface(child.stdout).on('line', (text) => this.#answer(JSON.parse(text) as Answer));
    return child;
  }

  #answer(answer: Answer): void {
    this.#waiting?.(answer);
    this.#waiting = undefined;
  }
}

/** The other end: a subject a line, an answer a line, until there are no more. */
export async function answerSubjects(input: Readable, write: (text: string) => void, assess: Assess): Promise<void> {
  for await (const text of createInterface(input)) {
    const answer = await assess(JSON.parse(text) as Subject).then(
      (line): Answer => (line === undefined ? {} : { line }),
      (): Answer => ({ failed: true }),
    );
    write(`${JSON.stringify(answer)}\n`);
  }
}
