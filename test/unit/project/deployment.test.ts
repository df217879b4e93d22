import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, commands, folder } from './script.ts';
import { step, workflow } from './workflow.ts';

const flow = workflow('docs/deployment/workflow.yaml');
const values = (replicas: number) => `hooks:\n  replicas: ${replicas}\n`;

describe('environments that a push changes', () => {
  const { run = '' } = step(flow, 'environments', 'changed');
  const base = folder({
    'environments/production/values.yaml': values(2),
    'environments/production/version': '1.0.0\n',
    'environments/test/values.yaml': values(1),
    'environments/test/version': '1.0.0\n',
    'environments/old/values.yaml': values(1),
  });
  const git = (command: string) =>
    bash(`git -c user.name=test -c user.email=test@example.com ${command}`, base).out.trim();
  git('init --quiet --initial-branch=main');
  git('add --all');
  git('commit --quiet --message=first');
  const first = git('rev-parse HEAD');

  it.each([
    ['a values file', 'echo "# more" >> environments/test/values.yaml', ['test']],
    ['a version', 'echo 1.1.0 > environments/production/version', ['production']],
    [
      'both of all',
      'echo 1.1.0 | tee environments/test/version environments/production/version',
      ['production', 'test'],
    ],
    ['another file', 'echo hello > environments/test/README.md', []],
    ['an environment that goes', 'git rm --quiet -r environments/old', []],
    ['a name that is a command', 'mkdir "environments/\\$(id)" && touch "environments/\\$(id)/values.yaml"', []],
  ])('%s', (_, change, expected) => {
    git(`checkout --quiet --force --detach ${first}`);
    expect(bash(change, base).code).toBe(0);
    git('add --all');
    git('commit --quiet --message=change');
    const output = join(folder({}), 'output');
    expect(bash(run, base, { BEFORE: first, GITHUB_OUTPUT: output }).err).toBe('');
    expect(readFileSync(output, 'utf8')).toBe(`environments=${JSON.stringify(expected)}\n`);
  });

  it('are all where nothing was before', () => {
    git(`checkout --quiet --force --detach ${first}`);
    const output = join(folder({}), 'output');
    bash(run, base, { BEFORE: '0'.repeat(40), GITHUB_OUTPUT: output });
    expect(readFileSync(output, 'utf8')).toBe('environments=["old","production","test"]\n');
  });
});

describe('a deployment', () => {
  /** Runs the steps Diff and Deploy with a helm that writes down how it was called. */
  const deploy = (helm: string) => {
    const root = folder({ 'environments/test/values.yaml': values(1), 'environments/test/version': '1.2.3\n' });
    const log = join(root, 'log');
    const PATH = commands({ helm: `echo "$*" >> ${log}\n${helm}` });
    const environment = {
      PATH,
      ENVIRONMENT: 'test',
      CHART: 'oci://registry/chart',
      RUNNER_TEMP: root,
      GITHUB_STEP_SUMMARY: join(root, 'summary'),
    };
    const codes = [];
    for (const name of ['Diff', 'Deploy']) {
      const { code } = bash(step(flow, 'deploy', name).run ?? '', root, environment);
      codes.push(code);
      if (code !== 0) break;
    }
    const summary = join(root, 'summary');
    return {
      codes,
      calls: readFileSync(log, 'utf8').trim().split('\n'),
      summary: existsSync(summary) ? readFileSync(summary, 'utf8') : '',
    };
  };

  it('shows the difference, and then installs the version beside the values', () => {
    const { codes, calls, summary } = deploy(
      '[ "$1" != get ] || echo replicas: 2; [ "$1" != template ] || echo replicas: 1',
    );
    expect(codes).toEqual([0, 0]);
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['status', 'get', 'template', 'upgrade']);
    expect(summary).toContain('-replicas: 2\n+replicas: 1\n');
    for (const call of calls.slice(2))
      expect(call).toMatch(/oci:.* --version 1\.2\.3 .*--values environments\/test\/values\.yaml/);
  });

  it('stops where the chart does not take the values', () => {
    const { codes, calls } = deploy('[ "$1" != template ]');
    expect(codes).toEqual([1]);
    expect(calls.map((call) => call.split(' ')[0])).not.toContain('upgrade');
  });

  it('has nothing to compare the first time', () => {
    const { codes, calls } = deploy('[ "$1" != status ]');
    expect(codes).toEqual([0, 0]);
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['status', 'upgrade']);
  });
});
