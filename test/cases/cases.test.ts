import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { run } from './run-case.ts';

/**
 * Golden cases: resources in, whole replies and whole Fluent Bit files out, equal by bytes. `RECORD_CASES=1` writes
 * out.yaml anew; a commit that changes one says why.
 */
const root = packageFile('test/cases');
const folders = (path: string) =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

describe.each(folders(root))('%s', (kind) => {
  it.each(folders(join(root, kind)))('%s', async (name) => {
    const folder = join(root, kind, name);
    const files = ['in.yaml', 'then.yaml'].map((file) => join(folder, file)).filter(existsSync);
    const found = stringify(await run(kind, files), { lineWidth: 0, aliasDuplicateObjects: false });
    const file = join(folder, 'out.yaml');
    if (process.env['RECORD_CASES'] === '1') writeFileSync(file, found);
    expect(found).toBe(readFileSync(file, 'utf8'));
  });
});

it('are enough to learn from', () => {
  expect(folders(root).flatMap((kind) => folders(join(root, kind))).length).toBeGreaterThanOrEqual(40);
});
