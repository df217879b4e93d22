import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a chunk as chunkio lays it out. `age` in seconds. */
export function chunkFile(path: string, { tag, bytes, age }: { tag: string; bytes: number; age: number }): string {
  mkdirSync(dirname(path), { recursive: true });
  const meta = Buffer.concat([Buffer.from([0xf1, 0x77, 0, 0]), Buffer.from(tag)]);
  const head = Buffer.alloc(24);
  head.set([0xc1, 0]);
  head.writeUInt16BE(meta.length, 22);
  writeFileSync(path, Buffer.concat([head, meta, Buffer.alloc(bytes - head.length - meta.length, 1)]));
  utimesSync(path, Date.now() / 1000 - age, Date.now() / 1000 - age);
  return path;
}
