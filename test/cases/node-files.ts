import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { usualControl } from '../../hooks/fluentbit/agent/control-address.ts';
import { initNode } from '../../hooks/sidecar/init.ts';
import { disk } from '../../hooks/sidecar/store/disk.ts';
import { assessor } from '../../hooks/sidecar/verdict/assess.ts';
import { Workspace } from '../../hooks/sidecar/workspace.ts';
import { agentNode } from '../support/node/agent-node.ts';
import type { World } from '../support/world.ts';

/**
 * What a new pod of an agent starts with: the files that its init container writes from what is mounted, by their path
 * below the live folder. Of secrets only the names.
 *
 * @param manifest changes the manifests on the way
 */
export async function nodeFiles(
  world: World,
  manifest: (text: string) => string = (text) => text,
): Promise<Record<string, string>> {
  const node = agentNode();
  try {
    const parts = world.store.all().filter(({ metadata }) => /-shard-\d+-\d+$/.test(metadata.name));
    const data = (kind: string, decode: (text: string) => string) =>
      parts
        .filter((object) => object.kind === kind)
        .map((object) =>
          Object.fromEntries(
            Object.entries(object['data'] as Record<string, string>).map(([key, text]) => [key, decode(text)]),
          ),
        );
    node.mount(
      ...data('ConfigMap', (text) => (text.startsWith('{"format"') ? manifest(text) : text)),
      ...data('Secret', (text) => Buffer.from(text, 'base64').toString('utf8')),
    );
    const base = world.store.all().find(({ metadata }) => metadata.name.endsWith('-agent'))?.['data'];
    node.setBase((base as Record<string, string>)['fluent-bit.yaml'] ?? '');
    const assess = assessor(node.places, async () => ({ verdict: 'ok', version: '5.1.1' }));
    await initNode(new Workspace(disk, node.places, assess, Number.POSITIVE_INFINITY, usualControl), 60);
    const live = realpathSync(node.places.live);
    const files = readdirSync(live, { recursive: true, encoding: 'utf8' })
      .map((name) => join(live, name))
      .filter((path) => lstatSync(path).isFile())
      .sort();
    return Object.fromEntries(
      files.map((path) => {
        const name = relative(live, path);
        const text = name.startsWith('secrets/') ? '(secret)\n' : readFileSync(path, 'utf8');
        return [name, text.replaceAll(node.folder, '/node')];
      }),
    );
  } finally {
    node.clean();
  }
}
