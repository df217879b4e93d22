import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { steps, workflow } from './workflow.ts';

const ours = readdirSync(packageFile('.github/workflows')).map((name) => `.github/workflows/${name}`);
const { engines, scripts } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};
const modules = readFileSync(packageFile('test/cluster/control-plane/go.mod'), 'utf8');

describe.each([...ours, 'docs/deployment/workflow.yaml'])('%s', (path) => {
  const flow = workflow(path);
  const text = readFileSync(packageFile(path), 'utf8');

  it('starts with the right to read and nothing else', () => {
    expect(flow.permissions).toEqual({ contents: 'read' });
    for (const { uses, with: inputs } of steps(flow))
      if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
  });

  it('names jobs, steps, workflows and actions that there are', () => {
    for (const [name, job] of Object.entries(flow.jobs)) {
      for (const needed of [job.needs ?? []].flat()) expect(Object.keys(flow.jobs)).toContain(needed);
      if (job.uses === undefined) expect(job['timeout-minutes'], name).toBeGreaterThan(0);
      else expect(ours).toContain(job.uses.replace('./', ''));
    }
    const ids = steps(flow).flatMap(({ id }) => id ?? []);
    for (const [, id] of text.matchAll(/\bsteps\.([\w-]+)\.outputs/g)) expect(ids).toContain(id);
    for (const [, id] of text.matchAll(/\bneeds\.([\w-]+)\.outputs/g)) expect(Object.keys(flow.jobs)).toContain(id);
    for (const { uses } of steps(flow)) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
  });

  it('runs what there is, and puts nothing from outside into a script', () => {
    for (const { run = '' } of steps(flow)) {
      expect(run).not.toContain('${{');
      for (const [, script] of run.matchAll(/\bnpm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
      for (const [, file = ''] of run.matchAll(/\bnode (\S+\.mjs)/g)) accessSync(packageFile(file));
      for (const [file] of run.matchAll(/^\.\S+$/gm)) accessSync(packageFile(file), constants.X_OK);
    }
  });

  it('uses the Helm that the tests use', () => {
    const helm = /helm\.sh\/helm\/v4 (v\S+)/.exec(modules)?.[1];
    for (const { uses, with: inputs } of steps(flow))
      if (uses?.startsWith('azure/setup-helm@')) expect(inputs?.['version']).toBe(helm);
  });
});

describe('CI', () => {
  const { on, jobs } = workflow('.github/workflows/ci.yaml');
  const inputs = (action: string) =>
    jobs['test']?.steps?.find(({ uses }) => uses?.startsWith(`${action}@`))?.with ?? {};

  it('runs .ci/run on pushes, on pull requests, and for a release', () => {
    expect(Object.keys(on).sort()).toEqual(['pull_request', 'push', 'workflow_call']);
    expect(jobs['test']?.steps?.flatMap(({ run }) => run ?? [])).toEqual(['.ci/run']);
    expect(workflow('.github/workflows/release.yaml').jobs['ci']?.uses).toBe('./.github/workflows/ci.yaml');
  });

  it('has the oldest Node that is promised, that of the image, and the Go of the control plane', () => {
    const dockerfile = readFileSync(packageFile('Dockerfile'), 'utf8');
    expect(jobs['test']?.strategy?.matrix['node']).toEqual([
      engines.node.replace('>=', ''),
      /^ARG NODE_IMAGE=node:(\d+)\./m.exec(dockerfile)?.[1],
    ]);
    expect(inputs('actions/setup-node')['node-version']).toBe('${{ matrix.node }}');
    expect(modules).toContain(`\ngo ${inputs('actions/setup-go')['go-version']}.`);
  });

  it('keeps what is built from Go modules until one of the files changes that decide on it', () => {
    expect(inputs('actions/cache')['path']).toBe('.cache/cluster-*');
    for (const file of ['go.mod', 'go.sum', 'main.go']) {
      expect(inputs('actions/cache')['key']).toContain(`'test/cluster/control-plane/${file}'`);
      accessSync(packageFile(`test/cluster/control-plane/${file}`));
    }
  });
});

describe('a release', () => {
  const { on, jobs } = workflow('.github/workflows/release.yaml');
  const reaches = (job: string, needed: string): boolean =>
    [jobs[job]?.needs ?? []].flat().some((one) => one === needed || reaches(one, needed));

  it('is made of a tag, after the version is checked and CI is green, images before the chart', () => {
    expect(on).toEqual({ push: { tags: ['v*'] } });
    expect(['version', 'ci', 'images'].filter((job) => reaches('release', job))).toEqual(['version', 'ci', 'images']);
    expect(reaches('images', 'ci')).toBe(true);
    expect(reaches('ci', 'version')).toBe(true);
  });

  it('pushes both targets for both platforms, with provenance, SBOM and the digests of the base images', () => {
    const builds = jobs['images']?.steps?.filter(({ uses }) => uses?.startsWith('docker/build-push-action@')) ?? [];
    expect(builds.map((build) => build.with?.['target'])).toEqual(['hooks', 'agent']);
    for (const build of builds)
      expect(build.with).toMatchObject({
        platforms: 'linux/amd64,linux/arm64',
        push: true,
        provenance: 'mode=max',
        sbom: true,
        'build-args': '${{ steps.bases.outputs.pinned }}',
      });
  });
});
