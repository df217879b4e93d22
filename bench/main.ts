import { isolation } from './isolation.ts';
import { taskTable } from './task-table.ts';

const benches: Record<string, () => Promise<void>> = { isolation, 'task-table': taskTable };

const [, , name = ''] = process.argv;
const bench = benches[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 1;
} else await bench();
