import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chosenControl } from '../../../../hooks/sidecar/store/chosen-control.ts';
import { disk } from '../../../../hooks/sidecar/store/disk.ts';
import { removeTree } from '../../../support/remove-tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'control-'));
const file = join(folder, 'agent.yaml');
const chosen = () => chosenControl(disk, file);
const text = (host: string, port: string) =>
  `env:\n  FLUENTBIND_WORKERS: "2"\n  FLUENTBIND_CONTROL_HOST: "${host}"\n  FLUENTBIND_CONTROL_PORT: "${port}"\n`;

afterAll(() => removeTree(folder));

describe("the address of Fluent Bit's server", () => {
  it('is one of a billion on the loopback, for each pod another', () => {
    const many = Array.from({ length: 500 }, chosen);
    for (const { host, port } of many) {
      expect(host).toMatch(/^127(\.\d{1,3}){3}$/);
      expect(host).not.toMatch(/\.(0|255)$/);
      expect(port).toBeGreaterThanOrEqual(61_000);
      expect(port).toBeLessThanOrEqual(65_535);
    }
    expect(new Set(many.map(({ host, port }) => `${host}:${port}`)).size).toBe(500);
  });

  it('stays what the generation says that is live', () => {
    writeFileSync(file, text('127.3.4.5', '61234'));
    expect(chosen()).toEqual({ host: '127.3.4.5', port: 61_234 });
  });

  it.each([
    ['empty', ''],
    ['cut off', text('127.3.4.5', '61234').slice(0, 60)],
    ['garbage', '\0\u{1f4a9}'],
    ['of another machine', text('10.0.0.1', '61234')],
    ['of no machine', text('127.999.0.1', '61234')],
    ['of no port', text('127.3.4.5', '99999')],
    ['of a port that is none', text('127.3.4.5', '6.1.2')],
  ])('is a new one where that file is %s', (_, content) => {
    writeFileSync(file, content);
    expect(chosen().host).toMatch(/^127\./);
    expect(chosen()).not.toEqual(chosen());
  });

  it('is a new one where that file is a folder', () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    expect(chosenControl(disk, other).host).toMatch(/^127\./);
  });
});
