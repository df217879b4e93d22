import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { workersVariable, workerVariable } from '../../../hooks/fluentbit/render/workers.ts';
import { pairs } from '../../corpus/pairs.ts';
import { make, World } from '../../support/world.ts';

interface Rendered {
  env?: { name: string }[];
  parsers?: { name: string }[];
  multiline_parsers?: { name: string }[];
  pipeline: Record<
    'inputs' | 'filters' | 'outputs',
    { alias?: string; tag?: string; db?: string; match?: string; match_regex?: string }[]
  >;
}

const halves = pairs.flatMap(({ one, other }) => [one, other]);
const all = [...new Map(halves.map((half) => [`${half.namespace}/${half.name}`, half])).values()];

describe('configurations that are fatal together as they stand', () => {
  let world: World;
  const file = ({ namespace, name }: (typeof all)[number]) =>
    parse(world.file(name, namespace) ?? '', { uniqueKeys: false }) as Rendered;

  beforeAll(async () => {
    world = await World.start({ bundled: false });
    const namespaces = [...new Set(all.map(({ namespace }) => namespace))];
    await world.apply(
      ...namespaces.map((namespace) => make.secret('cls', { token: 'x', list: 'y' }, namespace)),
      ...all.map(({ namespace, name, spec }) => make.logging(name, spec, namespace)),
    );
  });

  it('are 50 pairs at least, and all are accepted', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(50);
    const ready = all.map(({ name, namespace }) => world.condition('LoggingConfiguration', name, 'Ready', namespace));
    expect(ready.filter((condition) => condition?.status !== 'True')).toEqual([]);
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });

  it('share no name that is global in an agent', () => {
    const files = all.map(file);
    const { inputs, filters, outputs } = {
      inputs: files.flatMap(({ pipeline }) => pipeline.inputs),
      filters: files.flatMap(({ pipeline }) => pipeline.filters ?? []),
      outputs: files.flatMap(({ pipeline }) => pipeline.outputs),
    };
    const global = {
      variables: files
        .flatMap(({ env = [] }) => env.map(({ name }) => name))
        .filter((name) => name !== workersVariable && name !== workerVariable),
      parsers: files.flatMap(({ parsers = [] }) => parsers.map(({ name }) => name)),
      multilineParsers: files.flatMap(({ multiline_parsers = [] }) => multiline_parsers.map(({ name }) => name)),
      inputs: inputs.map(({ alias }) => alias),
      filters: filters.map(({ alias }) => alias),
      outputs: outputs.map(({ alias }) => alias),
      databases: inputs.map(({ db }) => db),
    };
    for (const names of Object.values(global)) {
      expect(names.length).toBeGreaterThan(0);
      // Fluent Bit compares some of them without case.
      expect(new Set(names.map((name) => name?.toLowerCase())).size).toBe(names.length);
    }
  });

  it('see no tag of each other', () => {
    // A star stands for anything, as in Fluent Bit.
    const glob = (match: string) =>
      new RegExp(
        `^${match
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*')}$`,
      );
    const [tags, matches] = [
      all.map((half) => file(half).pipeline.inputs.map(({ tag = '' }) => tag)),
      all.map(({ ...half }) =>
        [...file(half).pipeline.filters, ...file(half).pipeline.outputs].map(({ match = '', match_regex: regex }) =>
          regex === undefined ? glob(match) : new RegExp(regex),
        ),
      ),
    ];
    for (const [reader, patterns] of matches.entries())
      for (const pattern of patterns) {
        const seen = tags.flatMap((own, owner) =>
          own.some((tag) => pattern.test(`${tag.replace('*', 'x')}`)) ? [owner] : [],
        );
        expect(seen).toEqual([reader]);
      }
  });
});
