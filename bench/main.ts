import { isolation } from './isolation.ts';

const benches: Record<string, () => Promise<void>> = { isolation };

const [, , name = ''] = process.argv;
const bench = benches[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 1;
} else await bench();
