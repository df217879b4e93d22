import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../../hooks/fluentbit/version/catalogue.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { all, buildStage, copied, parseDockerfile } from './dockerfile.ts';

const file = parseDockerfile(readFileSync(packageFile('Dockerfile'), 'utf8'));
const targets = ['hooks', 'agent'] as const;
const stageOf = (name: string) => {
  const stage = file.stages.find((one) => one.name === name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  return stage;
};

describe('Dockerfile', () => {
  it.each(targets)('%s: runs as a number that is not root, and needs no shell', (target) => {
    const stage = stageOf(target);
    const users = all(stage, 'USER').map(({ text }) => text);
    expect(users).toHaveLength(1);
    expect(users[0]).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(all(stage, 'RUN')).toEqual([]);
    expect(JSON.parse(all(stage, 'ENTRYPOINT')[0]?.text ?? '')).toEqual(['/usr/local/bin/node', '/app/dist/main.js']);
    expect(all(stage, 'ENV')[0]?.text).toMatch(/^NODE_ENV=production\b/);
    const labels = all(stage, 'LABEL')[0]?.text;
    for (const label of ['title', 'description', 'licenses'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
  });

  it('names every base image by version, in an argument that can bear a digest', () => {
    for (const { base, name } of file.stages.filter((stage) => stage.base !== 'scratch')) {
      const argument = /^\$\{(\w+)\}$/.exec(base)?.[1] ?? '';
      expect(file.arguments[argument], name).toMatch(/^[a-z0-9./-]+:[\w.-]+$/);
      expect(file.arguments[argument], name).not.toMatch(/:latest$/);
    }
    expect(file.arguments['NODE_IMAGE']).toMatch(/^node:24\.\d+\.\d+-/);
  });

  it('has the Fluent Bit whose plugins are known, and the pages name it', () => {
    expect(file.arguments['FLUENT_BIT_IMAGE']).toBe(`fluent/fluent-bit:${catalogue.version}`);
    for (const page of ['docs/deployment.md', 'docs/fluent-bit.md', 'test/README.md', 'crds/README.md'])
      expect(readFileSync(packageFile(page), 'utf8'), page).toContain(catalogue.version);
  });

  it('copies what the context holds, and the context holds nothing else', () => {
    const sources = file.stages
      .flatMap((stage) => all(stage, 'COPY'))
      .filter(({ flags }) => flags['from'] === undefined)
      .flatMap((instruction) => copied(instruction).sources);
    for (const source of sources) expect(existsSync(packageFile(source)), source).toBe(true);
    const ignore = readFileSync(packageFile('.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignore[0]).toBe('*');
    const roots = [...new Set(sources.map((source) => (source.startsWith('hooks') ? 'hooks' : source)))];
    expect(ignore.slice(1).sort()).toEqual(roots.map((root) => `!${root}`).sort());
  });
});

describe('the tree of the image, made by the lines of the Dockerfile', () => {
  let root = '';
  const path = (name: string) => join(root, name);
  // Root may write everywhere: the check that nothing needs to is made as somebody else.
  const user = process.getuid?.() === 0 ? { uid: 65532, gid: 65532 } : {};
  const options = (environment: Record<string, string> = {}) => ({
    ...user,
    cwd: root,
    env: { NODE_ENV: 'production', FLUENTBIND_HOST: '127.0.0.1', FLUENTBIND_PORT: '0', ...environment },
  });
  const fluentbind = (...args: string[]) =>
    execFileSync(path('usr/local/bin/node'), [path('app/dist/main.js'), ...args], { ...options(), encoding: 'utf8' });

  const built = new Map<string, string>();
  beforeAll(() => {
    root = buildStage(file, 'hooks', packageFile('.'), { 'node:/usr/local/bin/node': process.execPath }, built);
    cpSync(packageFile('examples/own-template'), path('examples'), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX,a-w', root]);
  }, 300_000);
  afterAll(() => {
    for (const folder of built.values()) {
      execFileSync('chmod', ['-R', 'u+w', folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  }, 300_000);

  it('has the production dependencies and no other', () => {
    const { packages } = JSON.parse(readFileSync(packageFile('package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
    };
    for (const [name, { dev = false, optional, devOptional = false }] of Object.entries(packages).slice(1))
      if (optional !== true) expect(existsSync(path(`app/${name}`)), name).toBe(!dev && !devOptional);
    expect(readdirSync(path('app')).sort()).toEqual([
      'LICENSE',
      'dist',
      'hooks',
      'metacontroller',
      'node_modules',
      'package.json',
      'templates',
    ]);
  });

  it('has every file that the program reads, those of generate and of demo apart', () => {
    const sources = readdirSync(packageFile('hooks'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('generate/') && name !== 'cli/commands/demo.ts',
    );
    const read = sources.flatMap((name) =>
      [...readFileSync(packageFile(`hooks/${name}`), 'utf8').matchAll(/\bpackageFile\(['`]([^'`]+)['`]\)/g)].map(
        (m) => m[1],
      ),
    );
    expect(read).toContain('templates');
    for (const name of read) expect(existsSync(path(`app/${name}`)), name).toBe(true);
  });

  it('validates and renders', () => {
    expect(fluentbind('validate', '-f', 'examples')).toContain('0 errors, 0 warnings');
    expect(fluentbind('render', '-f', 'examples')).toContain('kind: ConfigMap');
  });

  it('says what is missing for the command that needs a client of Kubernetes', () => {
    expect(existsSync(path('app/node_modules/@kubernetes'))).toBe(false);
    const { status, stderr } = spawnSync(path('usr/local/bin/node'), [path('app/dist/main.js'), 'run'], {
      ...options(),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('@kubernetes/client-node')]);
  });

  it('serves, on a file system that it cannot write, and ends when told to', async () => {
    expect(statSync(path('app/dist')).mode & 0o222).toBe(0);
    const command = [
      path('app/dist/main.js'),
      ...(JSON.parse(all(stageOf('hooks'), 'CMD')[0]?.text ?? '') as string[]),
    ];
    const server = spawn(path('usr/local/bin/node'), command, options({ FLUENTBIND_DRAIN_SECONDS: '0' }));
    const ended = new Promise((resolve) => server.once('exit', resolve));
    try {
      let port = 0;
      for await (const line of createInterface(server.stdout)) {
        port = (JSON.parse(line) as { port?: number }).port ?? 0;
        if (port !== 0) break;
      }
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
      const wrong = await fetch(`http://127.0.0.1:${port}/hooks/servicebindingconfigs/sync`, { method: 'POST' });
      expect(wrong.status).toBe(415);
    } finally {
      server.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });
});
