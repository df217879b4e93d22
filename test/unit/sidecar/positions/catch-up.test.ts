import * as fs from 'node:fs';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CatchUp } from '../../../../hooks/sidecar/positions/catch-up.ts';
import { disk } from '../../../../hooks/sidecar/store/disk.ts';

const id = 'p0123456789abcdef';
let folder: string;
let catchUp: CatchUp;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catch-up-'));
  mkdirSync(join(folder, 'state'));
  catchUp = new CatchUp(disk, join(folder, 'state'), join(folder, 'logs'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function log(path: string, age: number): void {
  const file = join(folder, 'logs', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, path);
  utimesSync(file, 1_700_000_000 - age, 1_700_000_000 - age);
}

/** An empty database: it was opened once, and knows no file. */
const opened = readFileSync(join(import.meta.dirname, 'opened.db'));

const entry = (...globs: string[]) => ({ ids: [id], paths: globs.map((glob) => join(folder, 'logs', glob)) });

function links(): Record<string, string> {
  const root = join(folder, 'state', `${id}.rotated`);
  if (!fs.existsSync(root)) return {};
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((one) => one.isSymbolicLink());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [
      join(parentPath, name).slice(root.length + 1),
      readlinkSync(join(parentPath, name)).slice(folder.length + 1),
    ]),
  );
}

it('links what is to be read of the pods of a pipeline, by names as logs have them', () => {
  for (const pod of ['shop_web_u', 'shop_webshop_u', 'other_web_u']) {
    log(`${pod}/app/0.log.20260101-000001`, 3);
    log(`${pod}/app/0.log.20260101-000000.gz`, 4);
    log(`${pod}/app/0.log.20260101-000002.tmp`, 1);
    log(`${pod}/app/0.log`, 0);
    log(`${pod}/quiet/0.log`, 0);
  }
  writeFileSync(join(folder, 'state', `${id}.db`), opened);
  expect(catchUp.prepare([entry('shop_web_*')])).toEqual({ links: 1, faults: [] });
  const expected = { 'shop_web_u/app/0-20260101-000001.log': 'logs/shop_web_u/app/0.log.20260101-000001' };
  expect(links()).toEqual(expected);
  expect(catchUp.prepare([entry('shop_web_*')])).toEqual({ links: 1, faults: [] });
  expect(links()).toEqual(expected);
});

it('removes links to what is gone, and leaves the folder of the pipeline, which tail looks into', () => {
  log('shop_web_u/app/0.log.20260101-000001', 3);
  log('shop_web_u/app/0.log', 0);
  writeFileSync(join(folder, 'state', `${id}.db`), opened);
  catchUp.prepare([entry('shop_*')]);
  log('shop_web_u/app/0.log.20260101-000002', 2);
  rmSync(join(folder, 'logs/shop_web_u/app/0.log.20260101-000001'));
  catchUp.prepare([entry('shop_*')]);
  expect(Object.keys(links())).toEqual(['shop_web_u/app/0-20260101-000002.log']);
  rmSync(join(folder, 'logs/shop_web_u/app/0.log.20260101-000002'));
  expect(catchUp.prepare([entry('shop_*')])).toEqual({ links: 0, faults: [] });
  expect(readdirSync(join(folder, 'state'))).toEqual([`${id}.db`, `${id}.rotated`]);
  expect(readdirSync(join(folder, 'state', `${id}.rotated`))).toEqual([]);
});

it.each<[string, Buffer | undefined, object]>([
  ['is new', undefined, { links: 0, faults: [] }],
  ['has an empty database', Buffer.alloc(0), { links: 0, faults: [] }],
  ['has a broken database', Buffer.from('broken'), { links: 0, faults: [expect.any(String)] }],
])('links nothing of a pipeline that %s', (_what, content, expected) => {
  log('shop_web_u/app/0.log.20260101-000001', 3);
  if (content !== undefined) writeFileSync(join(folder, 'state', `${id}.db`), content);
  expect(catchUp.prepare([entry('shop_*')])).toEqual(expected);
  expect(links()).toEqual({});
});

it('does nothing for pipelines that read no files, and without logs', () => {
  writeFileSync(join(folder, 'state', `${id}.db`), opened);
  expect(catchUp.prepare([{ ids: [id] }, entry('shop_*')])).toEqual({ links: 0, faults: [] });
  expect(catchUp.prepare([])).toEqual({ links: 0, faults: [] });
});
