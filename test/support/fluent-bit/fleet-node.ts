import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSidecarConfig } from '../../../hooks/config/sidecar-config.ts';
import { type BlobReference, keysOf } from '../../../hooks/shards/blobs.ts';
import { readManifest } from '../../../hooks/shards/manifest.ts';
import { freePort } from '../free-port.ts';
import { type AgentNode, agentNode, type ShardFiles, shardFiles } from '../node/agent-node.ts';
import type { World } from '../world.ts';
import { Container } from './agent-host.ts';
import { fluentBit } from './fluent-bit.ts';

interface PodContainer {
  name: string;
  command: string[];
  args: string[];
  env?: { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }[];
  livenessProbe?: { httpGet: { path: string; port: number } };
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface Pod {
  initContainers: PodContainer[];
  containers: PodContainer[];
  volumes: { name: string; hostPath?: { path: string } }[];
}

/** The pod of an agent as its DaemonSet has it. */
export function podOf(world: World, name: string): Pod {
  const kind = world.store.kindOf('apps/v1', 'DaemonSet');
  const object = kind === undefined ? undefined : world.store.get(kind, 'logging', name);
  const { template } = (object?.['spec'] ?? {}) as { template: { spec: Pod } };
  return template.spec;
}

/** Its environment, with what the kubelet puts in: fields of the pod. */
export function environmentOf({ env = [] }: PodContainer, fields: Record<string, string> = {}): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, valueFrom, value = fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? 'node-1' } of env)
    found[name] = value.replace(/\$\(([A-Z_]+)\)/g, (all, other: string) => found[other] ?? all);
  return found;
}

/** A text of the pod as it has to be on the node. */
type Move = (text: string) => string;

/** Puts every path of the pod's volumes into the folder of a node. */
function moveTo(node: AgentNode): Move {
  const folders: [string, string][] = [
    ['/fluentbind', node.folder],
    ['/var/lib/fluentbind', node.places.state],
    ['/var/log/pods', join(node.folder, 'pods')],
  ];
  return (text) =>
    folders.reduce((all, [from, to]) => all.replaceAll(new RegExp(`(?<![\\w.-])${from}(?=[/\\s,]|$)`, 'gm'), to), text);
}

function movedCommand({ command, args }: PodContainer, main: string, moved: Move): [string, ...string[]] {
  const programs: Record<string, string> = {
    '/fluent-bit/bin/fluent-bit': fluentBit ?? '',
    '/usr/local/bin/node': process.execPath,
    '/app/dist/main.js': main,
  };
  return [...command, ...args].map((word) => programs[word] ?? moved(word)) as [string, ...string[]];
}

function movedEnvironment(container: PodContainer, sidecarPort: number, moved: Move): Record<string, string> {
  // There is no API server to report to.
  const { FLUENTBIND_LEASE: _, ...own } = environmentOf(container);
  const { places } = readSidecarConfig(own);
  return {
    ...own,
    FLUENTBIND_HOST: '127.0.0.1',
    FLUENTBIND_PORT: String(sidecarPort),
    FLUENTBIND_INCOMING: moved(places.incoming),
    FLUENTBIND_BASE_FILE: moved(places.base),
    FLUENTBIND_GENERATIONS: moved(places.generations),
    FLUENTBIND_LIVE: moved(places.live),
    FLUENTBIND_STATE: moved(places.state),
    FLUENTBIND_LOGS: moved(places.logs),
    FLUENTBIND_TRIAL_FLUENT_BIT: fluentBit ?? '',
  };
}

/** The shards of an agent as they stand in its namespace; their paths change, and their hashes with them. */
function movedShards(world: World, name: string, moved: Move): ShardFiles[] {
  const parts = world.store.all().filter(({ metadata }) => metadata.name.startsWith(`${name}-shard-`));
  const all = (kind: string) =>
    Object.assign({}, ...parts.filter((part) => part.kind === kind).map((part) => part['data'])) as Record<
      string,
      string
    >;
  const [config, secret] = [all('ConfigMap'), all('Secret')];
  const textOf = (file: BlobReference) =>
    keysOf(file)
      .map((key) => config[key])
      .join('');
  const secretOf = (reference: BlobReference) =>
    keysOf(reference)
      .map((blob) => Buffer.from(secret[blob] ?? '', 'base64').toString())
      .join('');
  const indexes = Object.keys(config).flatMap((key) => /^manifest-(\d+)\.json$/.exec(key)?.[1] ?? []);
  return indexes.map(Number).map((index) =>
    shardFiles(
      index,
      (readManifest(index, (key) => config[key]) ?? []).map(({ namespace, name: of, file, secrets }) => ({
        namespace,
        name: of,
        text: moved(textOf(file)),
        secrets: Object.fromEntries(Object.entries(secrets).map(([key, reference]) => [key, secretOf(reference)])),
      })),
    ),
  );
}

/**
 * A node that runs the pod of an agent: its very commands, arguments and environment, with every path of its volumes in
 * a folder and the sidecar's port a free one. What the hooks wrote for it is mounted in the same way.
 */
export async function fleetNode(main: string, pod: Pod) {
  const node = agentNode();
  const sidecarPort = await freePort();
  const [bit, sidecar] = pod.containers as [PodContainer, PodContainer];
  const [prepare] = pod.initContainers as [PodContainer];
  const moved = moveTo(node);
  const command = (container: PodContainer) => movedCommand(container, main, moved);
  const environment = (container: PodContainer) => movedEnvironment(container, sidecarPort, moved);
  const agent = new Container(command(bit), environmentOf(bit));
  const reload = new Container(command(sidecar), environment(sidecar));
  return {
    node,
    agent,
    reload,
    /** What the kubelet would bring of what stands in the agent's namespace. */
    mount: (world: World, name: string) => {
      const base = (world.get('ConfigMap', `${name}-agent`, 'logging')?.['data'] ?? {}) as Record<string, string>;
      node.setBase(moved(base['fluent-bit.yaml'] ?? ''));
      node.mount(...movedShards(world, name, moved).flatMap((files) => [files.config, files.secret]));
    },
    prepare: () =>
      void execFileSync(command(prepare)[0], command(prepare).slice(1), {
        env: { ...process.env, ...environment(prepare) },
        stdio: 'pipe',
      }),
    log: (namespace: string, line: string) => {
      const file = join(node.folder, 'pods', `${namespace}_web-1_0f0f0f0f`, 'app/0.log');
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${new Date().toISOString()} stdout F ${line}\n`);
    },
    /** Whether the kubelet would find Fluent Bit alive. */
    alive: async () => {
      const path = bit.livenessProbe?.httpGet.path ?? '';
      return fetch(`http://127.0.0.1:${sidecarPort}${path}`)
        .then(({ ok }) => ok)
        .catch(() => false);
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${sidecarPort}/metrics`)).text(),
    stop: async () => {
      await Promise.all([agent.stop(), reload.stop()]);
      node.clean();
    },
  };
}
