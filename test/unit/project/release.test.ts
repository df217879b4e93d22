import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { bash, commands, folder } from './script.ts';
import { step, workflow } from './workflow.ts';

const changelog =
  '# Changelog\n\n## Unreleased\n\n- Later.\n\n## 1.2.3 - 2026-06-01\n\n### Added\n\n- Now.\n\n## 1.2.2 - 2026-05-01\n\n- Then.\n';
const files = {
  'package.json': '{"version": "1.2.3"}',
  'package-lock.json': '{"version": "1.2.3", "packages": {"": {"version": "1.2.3"}}}',
  'helm/fluentbind/Chart.yaml': 'version: 1.2.3\nappVersion: 1.2.3\n',
  'helm/fluentbind/values.yaml': 'image:\n  repository: ghcr.io/owner/fluentbind\n',
  'CHANGELOG.md': changelog,
};
const script = (name: string, args: string, change: Partial<typeof files> = {}) =>
  bash(`node ${packageFile(`scripts/${name}.mjs`)} ${args}`, folder({ ...files, ...change }));

describe('check-version', () => {
  it.each(['v1.2.3', 'v1.2.3 Owner/fluentbind'])('agrees: %s', (args) => {
    expect(script('check-version', args)).toEqual({ code: 0, out: '', err: '' });
  });

  it.each([
    ['the tag', 'v1.2.4', {}, 'tag v1.2.4 is 1.2.4'],
    ['a tag without v', '1.2.3', {}, 'tag 1.2.3 is'],
    ['the package', 'v1.2.3', { 'package.json': '{"version": "1.2.4"}' }, 'package.json says 1.2.4: tag v1.2.3'],
    [
      'the lock file',
      'v1.2.3',
      { 'package-lock.json': '{"version": "1.2.3", "packages": {"": {"version": "1.2.2"}}}' },
      'packages[""].version in package-lock.json is 1.2.2',
    ],
    [
      'the chart',
      'v1.2.3',
      { 'helm/fluentbind/Chart.yaml': 'version: 1.2.2\nappVersion: 1.2.3\n' },
      ': version in helm/fluentbind/Chart.yaml is 1.2.2',
    ],
    [
      'its application',
      'v1.2.3',
      { 'helm/fluentbind/Chart.yaml': 'version: 1.2.3\n' },
      'appVersion in helm/fluentbind/Chart.yaml is undefined',
    ],
    ['the changelog', 'v1.2.3', { 'CHANGELOG.md': '## Unreleased\n' }, 'CHANGELOG.md has no section "## 1.2.3 - '],
    ['the image', 'v1.2.3 fork/fluentbind', {}, 'is ghcr.io/owner/fluentbind, not ghcr.io/fork/fluentbind'],
  ])('finds what differs: %s', (_, args, change, message) => {
    const { code, err } = script('check-version', args, change);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it('finds package, lock file and chart of this repository at one version', () => {
    const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
    const { err } = bash(`node scripts/check-version.mjs v${version}`, packageFile('.'));
    expect(err.split('\n').filter((line) => line !== '' && !line.includes('CHANGELOG.md'))).toEqual([]);
  });
});

describe('release-notes', () => {
  it('are the section of the version, how to install it, and where its parts are', () => {
    const { code, out } = script(
      'release-notes',
      '1.2.3 Owner/fluentbind hooks=ghcr.io/o/f:1.2.3@sha256:1 NODE_IMAGE=node:24',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^### Added\n\n- Now\.\n/);
    expect(out).not.toMatch(/Later|Then/);
    expect(out).toContain('oci://ghcr.io/owner/charts/fluentbind --version 1.2.3');
    expect(out).toContain('| hooks | `ghcr.io/o/f:1.2.3@sha256:1` |\n| NODE_IMAGE | `node:24` |');
  });

  it('need the section', () => {
    expect(script('release-notes', '9.9.9 o/f').code).toBe(1);
  });
});

describe('the base images of a release', () => {
  const { run = '' } = step(workflow('.github/workflows/release.yaml'), 'images', 'bases');
  const resolve = (docker: string) => {
    const root = folder({ Dockerfile: readFileSync(packageFile('Dockerfile'), 'utf8') });
    const ran = bash(run, root, { PATH: commands({ docker }), GITHUB_OUTPUT: join(root, 'output') });
    return { code: ran.code, output: () => readFileSync(join(root, 'output'), 'utf8') };
  };

  it('are those of the Dockerfile, each with its digest', () => {
    const { code, output } = resolve('echo "sha256:$(echo "$4" | sha256sum | cut -c 1-64)"');
    expect(code).toBe(0);
    expect(output()).toMatch(
      /^pinned<<END\nNODE_IMAGE=node:24\.\S+@sha256:\w{64}\nBASE_IMAGE=gcr\.io\/\S+@sha256:\w{64}\nFLUENT_BIT_IMAGE=fluent\/fluent-bit:5\.1\.1@sha256:\w{64}\nEND\n$/,
    );
  });

  it('stop it where a digest cannot be had', () => {
    expect(resolve('exit 1').code).not.toBe(0);
  });
});
