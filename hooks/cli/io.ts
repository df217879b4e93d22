/** What a command may touch: it prints here and returns its exit code, so that tests call it in process. */
export interface Io {
  out: (text: string) => void;
  err: (text: string) => void;
  now: () => Date;
  cwd: string;
  /** Resolves when the command is to end: a signal to the process. */
  stopped: Promise<void>;
}

/** A mistake in how the command was called; printed without a stack, exit code 2. */
export class UsageError extends Error {}
