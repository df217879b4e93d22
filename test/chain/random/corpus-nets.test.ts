import { beforeAll, describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import type { Candidate, TrialVerdict } from '../../../hooks/api/wire/trial.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { corpus, type Entry } from '../../corpus/corpus.ts';
import { arrived, neighbour, neighbours, rotated } from '../../corpus/neighbours.ts';
import { changed, good, objectOf, statusOf } from '../../corpus/victims.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { World } from '../../support/world.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };

const admission = (entry: Entry) => review(JSON.parse(JSON.stringify(reviewOf(objectOf(entry)))), context).response;
const causes = (entry: Entry) =>
  (admission(entry).status?.details.causes ?? []).map(({ reason, field }) => ({ reason, path: field }));

/** What an entry must be told of by the hooks; a template's faults are told to who binds it. */
function expected(entry: Entry): { reason: string; path: string; message?: string } {
  if (entry.bound !== undefined) return entry.bound;
  const { reason, path, resource } = entry;
  const foreign = resource === 'template' && !/^spec\.(variables|files)/.test(path);
  return foreign
    ? { reason, path: 'spec.templateRef', message: expect.stringContaining(`, ${path}: `) }
    : { reason, path };
}

const lenient = {
  apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
  kind: 'FluentBitAgent',
  metadata: { name: 'lenient' },
  spec: { namespace: 'agents', namespaceSelector: { matchLabels: { agent: 'lenient' } }, policy: { code: 'Any' } },
};
const namespaceFor = ({ agent }: Entry, name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { agent: agent ?? 'none' } },
});

describe('the corpus', () => {
  it('has at least 200 bad configurations, each with a name of its own', () => {
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    expect(corpus.length).toBeGreaterThanOrEqual(200);
  });
});

const early = corpus.filter(({ net }) => net === 'crd' || net === 'admission');
const late = corpus.filter(({ net }) => net !== 'crd' && net !== 'admission');

describe('admission', () => {
  it.each(early.map((entry) => [entry.name, entry] as const))('refuses %s', (_, entry) => {
    // Marks that hide in print are shown there.
    const path = entry.path.replace(/\p{Cf}/gu, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`);
    expect(causes(entry)).toContainEqual({ reason: entry.reason, path });
  });

  it.each(late.map((entry) => [entry.name, entry] as const))('has nothing against %s', (_, entry) => {
    expect(admission(entry)).toMatchObject({ allowed: true });
  });
});

/** All of them at once, each in a namespace of its own, among neighbours that are well. */
describe('in the cluster', () => {
  const tenants = corpus
    .filter(({ metadata }) => metadata === undefined)
    .map((entry, index) => ({ entry, namespace: `v${index}` }));
  const told = (world: World, { entry, namespace }: (typeof tenants)[number]) => {
    const { kind, name } = statusOf(entry);
    const condition = (type: string) => world.condition(kind, name, type, namespace)?.status;
    return {
      ready: condition('Ready'),
      lastGood: condition('LastGood'),
      problems: world.problems(kind, name, namespace),
      status: JSON.stringify(world.get(kind, name, namespace)?.['status']),
      children: [
        world.get('ConfigMap', `${name}-fluent-bit`, namespace),
        world.get('Secret', `${name}-fluent-bit`, namespace),
      ],
    };
  };
  const phases: Record<'before' | 'bad' | 'mended', ReturnType<typeof told>[]> = { before: [], bad: [], mended: [] };
  let world: World;

  beforeAll(async () => {
    /** Of all that is tried here only what a trial has to catch has code of a tenant. */
    const trial = async ({ configuration }: Candidate): Promise<TrialVerdict> =>
      /^\s+call: f$/m.test(configuration)
        ? { verdict: 'refused', version: '5.1.1', path: 'spec.filters[0]', message: 'It does not start.' }
        : { verdict: 'ok', version: '5.1.1' };
    world = await World.start({ trial, bundled: false });
    await world.apply(
      lenient,
      ...tenants.flatMap(({ entry, namespace }) => [namespaceFor(entry, namespace), ...good(entry, namespace)]),
      ...neighbours.flatMap((namespace) => [rotated(namespace, 0), ...neighbour(namespace)]),
    );
    phases.before = tenants.map((tenant) => told(world, tenant));
    await world.apply(
      ...tenants.flatMap(({ entry, namespace }) => changed(entry, namespace)),
      ...neighbours.map((one) => rotated(one, 1)),
    );
    phases.bad = tenants.map((tenant) => told(world, tenant));
    await world.apply(...tenants.flatMap(({ entry, namespace }) => good(entry, namespace)));
    phases.mended = tenants.map((tenant) => told(world, tenant));
  }, 600_000);

  it.each(tenants.map(({ entry }, index) => [entry.name, entry, index] as const))(
    '%s: nothing of it goes live',
    (_, entry, index) => {
      const [before, bad, mended] = [phases.before[index], phases.bad[index], phases.mended[index]];
      expect(before).toMatchObject({ ready: 'True', problems: [] });
      if (entry.pruned === true) expect(bad).toEqual(before);
      else {
        expect(bad).toMatchObject({ ready: 'False', lastGood: 'True' });
        expect(bad?.problems).toContainEqual(expect.objectContaining(expected(entry)));
      }
      expect(bad?.children).toEqual(before?.children);
      expect(bad?.status).not.toContain('planted-');
      expect(mended).toMatchObject({ ready: 'True', problems: [] });
    },
  );

  it('every neighbour got the next version of its Secret meanwhile, and nothing else happened', () => {
    expect(neighbours.filter((one) => !arrived(world, one, 1))).toEqual([]);
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });
});
