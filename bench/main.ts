import { chain } from './chain.ts';
import { hooks } from './hooks.ts';
import { isolation } from './isolation.ts';
import { layouts } from './layouts.ts';
import { many } from './many.ts';
import { memory } from './memory.ts';

const benches: Record<string, () => Promise<void>> = { chain, hooks, isolation, layouts, many, memory };
const withFluentBit = new Set([isolation, layouts, many]);

const [, , name = ''] = process.argv;
const bench = benches[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 1;
} else if (withFluentBit.has(bench) && !process.env['FLUENT_BIT']) {
  console.error(`${name} measures a Fluent Bit: set FLUENT_BIT to the path of its binary`);
  process.exitCode = 1;
} else await bench();
