#!/usr/bin/env node
import closeWithGrace from 'close-with-grace';
import { run } from './cli/main.ts';

let stop: () => void = () => {};
let finished: () => void = () => {};
const stopped = new Promise<void>((resolve) => (stop = resolve));
const done = new Promise<void>((resolve) => (finished = resolve));

// A signal lets the command end by itself; what is under way there is finished first.
const grace = closeWithGrace({ delay: 60_000, logger: false }, async ({ err }) => {
  if (err !== undefined) process.stderr.write(`${err.stack ?? err.message}\n`);
  stop();
  if (err === undefined) await done;
});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  now: () => new Date(),
  cwd: process.cwd(),
  stopped,
});
finished();
grace.uninstall();
