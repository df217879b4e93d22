import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../../hooks/runtime/package-file.ts';

/**
 * Three of the changes of ARCHITECTURE.md, "Where to add what", done in a copy of this repository: each of them begins
 * in the file of its row, and what else it needs the compiler says, or `npm run generate` writes.
 */
const copied = [
  'hooks',
  'templates',
  'helm',
  'crds',
  'metacontroller',
  'argocd',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'fluentbind-changes-'));

beforeAll(() => {
  for (const path of copied) cpSync(packageFile(path), join(folder, path), { recursive: true });
  symlinkSync(packageFile('node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Puts a text behind the first place that matches. */
function insert(path: string, after: RegExp, text: string): void {
  const file = join(folder, path);
  const before = readFileSync(file, 'utf8');
  expect(before, `${path} has the place`).toMatch(after);
  writeFileSync(
    file,
    before.replace(after, (place) => `${place}${text}`),
  );
}

/** What a program says, and how it ended. */
async function outcome(program: string, ...args: string[]): Promise<{ code: number; out: string }> {
  try {
    const { stdout, stderr } = await run(program, args, { cwd: folder });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout + stderr };
  }
}

const compile = () => outcome(join(folder, 'node_modules/.bin/tsc'), '-p', 'tsconfig.build.json');
const fluentbind = (...args: string[]) => outcome(process.execPath, 'dist/main.js', ...args);

const template = (type: string, value: string) => `apiVersion: fluentbit.kyma-project.io/v1alpha1
kind: Template
metadata: { name: t, namespace: shop }
spec:
  placeholders: [{ name: wait, type: ${type}, default: ${value} }]
  outputs: [{ plugin: http, properties: { host: example.com, uri: /$(wait) } }]
`;

describe('three changes', () => {
  it('begin where ARCHITECTURE.md says, and work', async () => {
    insert('hooks/api/value-source.ts', /const valueTypes = \[/, "'duration', ");
    insert(
      'hooks/fluentbit/version/plugins/reserved.ts',
      /^const byPlugin: .*= \{$/m,
      "'output/http': { uri: 'It is ours now.' },",
    );
    insert(
      'hooks/cli/main.ts',
      /^const commands: .*= \{$/m,
      "hello: { summary: 'greet', load: () => import('./commands/hello.ts').then(({ usage, hello }) => ({ usage, run: hello })) },",
    );
    writeFileSync(
      join(folder, 'hooks/cli/commands/hello.ts'),
      `import type { Io } from '../io.ts';
export const usage = 'fluentbind hello';
export async function hello(args: string[], io: Io): Promise<number> {
  io.out(\`hello \${args.join(' ')}\\n\`);
  return 0;
}
`,
    );

    // The compiler leads to the other place of a type, and to that one only.
    const first = await compile();
    const places = new Set([...first.out.matchAll(/^(hooks\/\S+?)[(:]/gm)].map(([, path]) => path));
    expect(places, first.out).toEqual(new Set(['hooks/binding/value-type.ts']));
    insert(
      'hooks/binding/value-type.ts',
      /^const faults: .*= \{$/m,
      "duration: (value) => unless(/^[0-9]+[smh]$/.test(value), 'is not a duration, such as 5m'),",
    );
    expect(await compile()).toEqual({ code: 0, out: '' });

    expect((await outcome(process.execPath, 'dist/generate/main.js')).code).toBe(0);
    const read = (path: string) => readFileSync(join(folder, path), 'utf8');
    expect(read('crds/fluentbit.kyma-project.io_templates.yaml')).toContain('- duration\n');
    expect(read('crds/README.md')).toMatch(/\| output http \| `uri` \| It is ours now\. \|/);

    writeFileSync(join(folder, 'good.yaml'), template('duration', '5m'));
    const good = await fluentbind('validate', '-f', 'good.yaml');
    expect(good.out).toContain('ReservedProperty');
    expect(good.out).toContain('It is ours now.');
    expect(good.out).not.toContain('duration');
    writeFileSync(join(folder, 'bad.yaml'), template('duration', 'soon'));
    expect((await fluentbind('validate', '-f', 'bad.yaml')).out).toContain('is not a duration, such as 5m');

    expect(await fluentbind('hello', 'world')).toEqual({ code: 0, out: 'hello world\n' });
    expect((await fluentbind('help')).out).toMatch(/^ {2}hello +greet$/m);
  });
});
