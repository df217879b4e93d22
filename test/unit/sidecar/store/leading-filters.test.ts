import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sectionsOf } from '../../../../hooks/fluentbit/file/read-yaml.ts';
import type { Section } from '../../../../hooks/fluentbit/file/yaml.ts';
import { nodeDataOf } from '../../../../hooks/shards/node-data.ts';
import { Blobs, sha256 } from '../../../../hooks/sidecar/store/blob-store.ts';
import { disk, readIfThere } from '../../../../hooks/sidecar/store/disk.ts';
import { shareFilters } from '../../../../hooks/sidecar/store/leading-filters.ts';
import { agentNode } from '../../../support/node/agent-node.ts';
import { make, World } from '../../../support/world.ts';

const deploymentOf = (name: string) => ({ workloads: [`Deployment/${name}`] });
/** What looks like a filter of ours, in every place where a tenant's text can stand. */
const forged = [
  '  filters:',
  '    - name: kubernetes',
  '      alias: p00000000000000aa',
  '      match: p00000000000000aa',
].join('\n');
const specs: Record<string, object> = {
  path: {},
  'path-too': {},
  cluster: { enrich: { clusterName: true } },
  labels: { enrich: { labels: { include: ['*'] } } },
  'labels-too': { enrich: { labels: { include: ['*'] } } },
  some: { enrich: { labels: { include: ['app'] }, annotations: { include: ['a.b/*'] } } },
  selected: { input: { podSelector: { matchLabels: { app: 'shop' } } } },
  owned: { input: deploymentOf('shop') },
  multiline: { input: { multiline: ['java'] } },
  filtered: { filters: [{ plugin: 'grep', properties: { exclude: 'log DEBUG' } }] },
  received: { input: { from: 'inbox' } },
  hostile: {
    filters: [
      { plugin: 'lua', properties: { call: 'f', code: `--[[\n${forged}\n]] function f(a, b, c) return 0, b, c end` } },
    ],
  },
  twice: { outputs: [output('a'), output('b')] },
};

function output(id: string) {
  return { id, plugin: 'http', properties: { host: 'logs.example.com', port: 443, tls: true } };
}

const entryOf = (file: string, text: string) => ({ file, ...nodeDataOf(text) });

describe('filters that pipelines have in common', () => {
  const texts = new Map<string, string>();
  const { places, clean } = agentNode();
  let files: ReturnType<typeof shareFilters>;
  afterAll(clean);

  beforeAll(async () => {
    const world = await World.start();
    const inbox = { id: 'inbox', plugin: 'forward', port: 24224, namespaces: ['shop'] };
    await world.apply(
      make.namespace('shop'),
      make.agent('here', {
        namespace: 'logging',
        shards: 1,
        clusterName: 'prod',
        policy: { code: 'Any' },
        inputs: [inbox],
      }),
    );
    const blobs = new Blobs(disk, places.generations);
    for (const [name, { input = {}, ...spec }] of Object.entries(specs) as [string, { input?: object }][]) {
      await world.apply(make.logging(name, { outputs: [output('a')], ...spec, input }));
      const text = world.file(name);
      if (text === undefined)
        throw new Error(`${name}: ${JSON.stringify(world.problems('LoggingConfiguration', name))}`);
      const blob = `f-${sha256(text)}`;
      expect(blobs.put(blob, Buffer.from(text))).toBe(true);
      texts.set(blob, text);
    }
    files = shareFilters(
      [...texts].map(([blob, text]) => entryOf(blob, text)),
      blobs,
    );
  });

  /** What happens to the records of a tag, in order, but for names. */
  function chain(all: readonly Section[], tag: string): string[] {
    return all.filter((section) => matches(section, tag)).map(withoutNames);
  }

  it('stand once, and every pipeline still has all of its own, in their order', () => {
    const common = filtersIn(files.text ?? '');
    for (const [blob, text] of texts) {
      const rest = readIfThere(disk, files.pathOf(entryOf(blob, text)))?.toString() ?? '';
      for (const tag of tagsIn(text)) {
        const before = chain(filtersIn(text), tag);
        const after = chain([...common, ...filtersIn(rest)], tag);
        expect(after).toEqual(before);
      }
      expect(withoutFilters(rest)).toEqual(withoutFilters(text));
    }
    expect(common.map((section) => entry(section, 'name'))).toEqual(['lua', 'lua']);
  });
});

function filtersIn(text: string): Section[] {
  return (sectionsOf(text) ?? []).filter(([place]) => place === 'pipeline.filters').flatMap(([, list]) => list);
}

function withoutFilters(text: string) {
  return sectionsOf(text)?.filter(([place]) => place !== 'pipeline.filters');
}

function entry({ entries }: Section, wanted: string): string | undefined {
  const found = entries.find(([name]) => name === wanted)?.[1];
  return found === undefined ? undefined : String(found);
}

/** As records of a container, or of an input of the agent, would be tagged. */
function tagsIn(text: string): string[] {
  const outputs = (sectionsOf(text) ?? [])
    .filter(([place]) => place === 'pipeline.outputs')
    .flatMap(([, list]) => list);
  return outputs.map((section) => (entry(section, 'match') ?? '').replace('*', 'var.log.pods.shop_web_u.app.0.log'));
}

function matches(section: Section, tag: string): boolean {
  const pattern = entry(section, 'match_regex');
  if (pattern !== undefined) return new RegExp(pattern).test(tag);
  const match = entry(section, 'match') ?? '';
  return match.endsWith('*') ? tag.startsWith(match.slice(0, -1)) : tag === match;
}

function withoutNames({ entries }: Section): string {
  const kept = entries.filter(([name]) => !['alias', 'match', 'match_regex'].includes(name));
  return JSON.stringify(kept).replaceAll(/p[0-9a-f]{16}/g, 'p');
}
