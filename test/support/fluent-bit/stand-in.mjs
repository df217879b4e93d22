// Plays Fluent Bit for tests of what starts one: what it does is said by the property `play` of its configuration.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [, , option, file] = process.argv;
if (option === '-J') {
  const plugins = (...names) => names.map((name) => ({ name }));
  const inputs = plugins('tail');
  const own = {
    'fluent-bit': { version: '9.9.9' },
    inputs,
    filters: plugins('lua', 'grep'),
    outputs: plugins('http', 'null'),
  };
  console.log(JSON.stringify(own));
  process.exit(0);
}
const text = readFileSync(file, 'utf8');
const play = /^ +play: (.*)$/m.exec(text)?.[1] ?? 'start';
const marker = /io\.stderr:write\("(\w+)\\n"\)/.exec(text)?.[1];
const alias = /- name: http\n +alias: (\w+)/.exec(text)?.[1];
const log = (line) => process.stderr.write(`[2026/01/01 00:00:00.000000000] ${line}\n`);
const report = /^ +report: (.*)$/m.exec(text)?.[1];
if (report !== undefined)
  writeFileSync(report, JSON.stringify({ pid: process.pid, cwd: process.cwd(), env: process.env, text }));

const plays = {
  start: () => setInterval(() => process.stderr.write(`${marker}\n`), 20),
  late: () => setTimeout(plays.start, 500),
  fail: () => {
    log(`\u001b[91m[error]\u001b[0m [output:http:${alias}] cannot read ${process.cwd()}/live/secrets/x`);
    log('[error] [engine] output initialization failed');
    setTimeout(() => process.exit(255), 5000);
  },
  exit: () => process.exit(3),
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  killed: () => process.kill(process.pid, 'SIGKILL'),
  loop: () => {
    for (;;);
  },
  hang: () => setInterval(() => {}, 1000),
  block: () => {
    log('[ info] [sp] stream processor started');
    plays.hang();
  },
  eat: () => {
    const kept = [];
    setInterval(() => kept.push(Buffer.alloc(8 * 1024 * 1024, 1)), 5);
  },
  noise: () => setInterval(() => process.stderr.write('x'.repeat(65_536)), 1),
  fork: () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    writeFileSync(report, JSON.stringify({ pid: child.pid }));
    plays.hang();
  },
};
plays[play]();
