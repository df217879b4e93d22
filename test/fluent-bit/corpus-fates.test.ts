import fc from 'fast-check';
import { chunk } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { LoggingConfigurationSpec } from '../../hooks/api/kinds/logging-configuration.ts';
import { complete } from '../../hooks/binding/complete.ts';
import { compile } from '../../hooks/compile/compile.ts';
import { completePolicy } from '../../hooks/fluentbit/policy/complete-policy.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { corpus } from '../corpus/corpus.ts';
import { backend, generated } from '../corpus/generated.ts';
import { naive } from '../corpus/naive.ts';
import { pairs } from '../corpus/pairs.ts';
import type { Spec } from '../corpus/victims.ts';
import { fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { type Member, runTogether, unfit } from '../support/fluent-bit/run-together.ts';
import { survives } from '../support/fluent-bit/survival.ts';
import { make } from '../support/world.ts';

const told = corpus.filter(({ fluentBit }) => fluentBit !== 'notApplicable');

describe
  .skipIf(fluentBit === undefined)
  .concurrent('the corpus, unchecked, in a real Fluent Bit', { timeout: 60_000 }, () => {
    it.each(['logging', 'template'] as const)('what they are laid over is fine: %s', async (resource) => {
      const { text, files } = naive({ resource, spec: {} });
      expect(await survives(text, files)).toMatchObject({ survives: true });
    });

    it.each(told.map((entry) => [entry.name, entry.fluentBit, entry] as const))('%s is %s', async (_, fate, entry) => {
      const { text, files } = naive(entry);
      const { survives: survived, output } = await survives(text, files);
      expect(output).not.toContain('invalid YAML');
      expect(survived, output).toBe(fate !== 'fatal');
    });
  });

function compiled(namespace: string, name: string, spec: Spec) {
  const parsed = LoggingConfigurationSpec.safeParse(spec);
  if (!parsed.success) return undefined;
  const secret = make.secret('cls', { token: 't0ken', list: 'hello' }, namespace);
  const { rendering, at } = compile(
    {
      namespace,
      name,
      generation: 1,
      spec: complete(parsed.data),
      sources: { namespace, secret: () => secret as never, configMap: () => undefined },
      subject: (called) => ({ called, path: 'spec' }),
      inForce: {
        policy: completePolicy({ code: 'Any' }),
        called: 'a policy',
        excludeNamespaces: [],
        trusted: () => true,
      },
    },
    defaultSettings,
  );
  return { rendering, problems: at(new Date('2026-06-01T00:00:00Z')).problems };
}

/** What passes all nets but the trial, as a file for an agent; undefined where one of them holds it. */
function passed(namespace: string, name: string, spec: Spec): (Member & { spec: Spec }) | undefined {
  const { rendering, problems } = compiled(namespace, name, spec) ?? {};
  if (rendering === undefined || problems?.length !== 0) return undefined;
  return {
    key: rendering.file.key,
    text: rendering.file.text.replaceAll(backend, '127.0.0.1'),
    secrets: Object.fromEntries(rendering.secretData),
    spec,
  };
}

/** The specification without the settings that the nets object to. */
function mended(spec: Spec): Spec {
  const rest = structuredClone(spec);
  for (let round = 0; round < 4; round++) {
    for (const { path } of compiled('generated', 'g', rest)?.problems ?? []) {
      const [, list = '', index = '', place = ''] = /^spec\.(\w+)\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
      const item = (rest[list] as { properties?: Spec; rules?: string[] }[] | undefined)?.[Number(index)];
      const rule = /^rules\[(\d+)\]/.exec(place)?.[1];
      const property = place.replace(/^properties\./, '').replace(/\[\d+\]$/, '');
      if (item?.rules !== undefined && rule !== undefined) item.rules[Number(rule)] = 'add x y';
      else if (item?.properties !== undefined) delete item.properties[property];
    }
  }
  return rest;
}

const seed = Number(process.env['FLUENTBIND_SEED'] ?? 20260601);
const wanted = Number(process.env['FLUENTBIND_GENERATED'] ?? 300);

describe.skipIf(fluentBit === undefined)('what passes all nets', { timeout: 300_000 }, () => {
  it(`starts and survives a reload: ${wanted} generated ones, seed ${seed}`, async () => {
    const samples = fc.sample(generated, { seed, numRuns: wanted * 4 });
    const good = samples
      .flatMap((spec, index) => passed('generated', `g${index}`, mended(spec)) ?? [])
      .slice(0, wanted);
    expect(good.length).toBe(wanted);
    const bad = [];
    for (const some of chunk(good, 75)) bad.push(...(await unfit(some)));
    const cases = bad.map(({ member, output }) => `${JSON.stringify(member.spec)}\n${output.slice(-800)}`);
    expect(cases.length, cases.join('\n\n')).toBe(0);
  });

  it('lives together in one agent, whatever it is called', async () => {
    const halves = new Map(
      pairs.flatMap(({ one, other }) => [one, other]).map((half) => [`${half.namespace}/${half.name}`, half]),
    );
    const all = [...halves.values()].map(({ namespace, name, spec }) => passed(namespace, name, spec));
    expect(all).not.toContain(undefined);
    const { well, output } = await runTogether(all.filter((one) => one !== undefined));
    expect(well, output.slice(-2000)).toBe(true);
  });
});
