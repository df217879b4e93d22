import { isEqual } from 'lodash-es';
import { group, type KubernetesObject } from '../api/object.ts';
import { annotations, fluentBitName, labels } from '../kubernetes/names.ts';
import { byIdentity } from '../memo/by-identity.ts';
import { remember } from '../memo/freeze.ts';
import { type Blob, blob, fileBlobs, keysOf, secretBlobs } from './blobs.ts';
import { type ManifestEntry, readManifest } from './manifest.ts';
import { nodeDataOf } from './node-data.ts';
import type { Packable, Part } from './pack.ts';
import { packable } from './pack.ts';
import { isSigned, type Signed } from './signature.ts';

/** What a shard says of a pipeline that is not in force as its owner last wrote it. */
export interface Remark {
  namespace: string;
  name: string;
  reason: 'Forged' | 'Unpaired' | 'PolicyPending' | 'PolicyOutdated' | 'TooLarge';
  /** Whether an older configuration stays in force. */
  kept: boolean;
}

export interface Trust {
  agent: string;
  shard: number;
  keys: readonly string[];
  digestKey: string;
  policyHash: string;
  /** Whether what was judged by an older policy may wait still. */
  mayWait: boolean;
}

export interface Collected {
  pipelines: Packable[];
  remarks: Remark[];
}

/** Bytes of file and secrets of one LoggingConfiguration together; its hook holds it to less. */
const sizeLimit = 1024 * 1024;

/** The LoggingConfiguration that an object belongs to. */
interface Owner {
  namespace: string;
  name: string;
  uid: string;
}

/** Children of one LoggingConfiguration, and what comes of them. */
interface Pair {
  owner: Owner;
  since: string | undefined;
  verified: Packable | { reason: Remark['reason'] };
  /** Whether the Secret is one of them. */
  whole: boolean;
}

/**
 * What a shard puts into its parts. Tenants can write the objects that it reads, so nothing of them counts but what the
 * hooks signed; where something is wrong, what stands in the parts stays, for no tenant can write those.
 */
export function collect(
  configMaps: readonly KubernetesObject[],
  secrets: readonly KubernetesObject[],
  standing: () => ReadonlyMap<string, Packable>,
  trust: Trust,
): Collected {
  const pipelines: Packable[] = [];
  const remarks: Remark[] = [];
  const rest = JSON.stringify(trust);
  for (const { owner, since, verified } of pairs(configMaps, secrets, trust, rest)) {
    if ('entry' in verified) {
      pipelines.push(verified);
      continue;
    }
    const { namespace, name, uid } = owner;
    const kept = standing().get(`${namespace}/${name}`);
    // A LoggingConfiguration that was made anew under an old name is another one.
    const good = kept?.entry.uid === uid && (kept.entry.policy === trust.policyHash || trust.mayWait);
    if (good) pipelines.push({ ...kept, since });
    // Under another policy and good under that of the shard: the pair is newer than the shard, which learns last.
    const reason = good && verified.reason === 'PolicyOutdated' ? 'PolicyPending' : verified.reason;
    remarks.push({ namespace, name, reason, kept: good });
  }
  return { pipelines, remarks };
}

/**
 * To verify and to hash the other pairs once more for each change of one is most of the work. The codec hands the
 * same object for the same bytes; what names an object, its resourceVersion even, would vouch for nothing: after a
 * restore of the cluster one may come twice. Without it one change takes 1.8 and onboarding 1.3 times the CPU (`npm
 * run bench -- memory`).
 */
const known = byIdentity<KubernetesObject, Pair | undefined>('verified pairs');

/** @param rest all that verifying rests on besides the objects */
function pairs(
  configMaps: readonly KubernetesObject[],
  secrets: readonly KubernetesObject[],
  trust: Trust,
  rest: string,
): Pair[] {
  const byName = new Map(configMaps.map((object) => [nameOf(object), object]));
  const lone = new Map(secrets.map((object) => [nameOf(object), object]));
  const found: Pair[] = [];
  for (const [name, configMap] of byName) {
    const secret = lone.get(name);
    const pair = known(configMap, () => remember(pairOf(configMap, secret, trust)), secret, rest);
    if (pair === undefined) continue;
    found.push(pair);
    if (pair.whole) lone.delete(name);
  }
  return [...found, ...[...lone.values()].flatMap((secret) => pairOf(secret, undefined, trust) ?? [])];
}

function nameOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

function pairOf(object: KubernetesObject, secret: KubernetesObject | undefined, trust: Trust): Pair | undefined {
  const owner = ownerOf(object);
  if (owner === undefined) return undefined;
  const since = object.metadata.creationTimestamp ?? undefined;
  if (secret === undefined || !isEqual(ownerOf(secret), owner))
    return { owner, since, verified: { reason: 'Unpaired' }, whole: false };
  return { owner, since, verified: verify(owner, object, secret, trust), whole: true };
}

/** The LoggingConfiguration of an object. One that is going, or that none controls, has none. */
function ownerOf({ metadata }: KubernetesObject): Owner | undefined {
  const { namespace = '', name, deletionTimestamp, ownerReferences = [] } = metadata;
  const owner = ownerReferences.find((ref) => ref.controller === true);
  const pipeline = metadata.labels?.[labels.loggingConfiguration];
  if (deletionTimestamp || pipeline === undefined) return undefined;
  // Of our group: of one that nobody knows the garbage collector cannot tell that it is gone.
  if (owner?.kind !== 'LoggingConfiguration' || !owner.apiVersion.startsWith(`${group}/`)) return undefined;
  if (owner.name !== pipeline || name !== fluentBitName(pipeline)) return undefined;
  if (metadata.labels?.['controller-uid'] !== owner.uid) return undefined;
  return { namespace, name: pipeline, uid: owner.uid };
}

function verify(owner: Owner, configMap: KubernetesObject, secret: KubernetesObject, trust: Trust): Pair['verified'] {
  const { namespace, name, uid } = owner;
  const hashes = [configMap, secret].map((object) => signedUnder(object, owner, trust));
  if (hashes.includes(undefined)) return { reason: 'Forged' };
  const revision = configMap.metadata.annotations?.[annotations.revision] ?? '';
  if (secret.metadata.annotations?.[annotations.revision] !== revision) return { reason: 'Unpaired' };
  if (hashes.some((hash) => hash !== trust.policyHash))
    return { reason: trust.mayWait ? 'PolicyPending' : 'PolicyOutdated' };
  const files = Object.entries(dataOf(configMap));
  const values = Object.entries(dataOf(secret));
  const size = [...files, ...values].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const [file] = files;
  if (size > sizeLimit || file === undefined || files.length > 1) return { reason: 'TooLarge' };
  const text = fileBlobs(file[1]);
  const contents = values.map(([key, value]) => [key, secretBlobs(trust.digestKey, value)] as const);
  const secrets = Object.fromEntries(contents.map(([key, { reference }]) => [key, reference]));
  const entry = {
    namespace,
    name,
    uid,
    revision,
    policy: trust.policyHash,
    file: text.reference,
    secrets,
    node: nodeDataOf(file[1]),
  };
  const blobs = [...text.blobs, ...contents.flatMap(([, content]) => content.blobs)];
  return packable(entry, blobs, configMap.metadata.creationTimestamp ?? undefined);
}

/** The policy under which an object was signed; undefined where no signature of ours fits it. */
function signedUnder(
  object: KubernetesObject,
  { namespace, name, uid }: Owner,
  { keys, agent, shard }: Trust,
): string | undefined {
  const notes = object.metadata.annotations ?? {};
  const policyHash = notes[annotations.policy] ?? '';
  const signed: Signed = {
    kind: object.kind === 'Secret' ? 'Secret' : 'ConfigMap',
    namespace,
    name,
    ownerUid: uid,
    revision: notes[annotations.revision] ?? '',
    policyHash,
    agent,
    shard,
    data: dataOf(object),
  };
  return isSigned(keys, notes[annotations.signature] ?? '', signed) ? policyHash : undefined;
}

/** The data that is signed; what others added beside it is not looked at. */
function dataOf(object: KubernetesObject): Record<string, string> {
  const data = (object['data'] ?? {}) as Record<string, unknown>;
  const keys = (object.metadata.annotations?.[annotations.keys] ?? '').split(',');
  // Only texts: of anything else nothing was signed.
  return Object.fromEntries(
    keys.flatMap((key): [string, string][] => {
      const value = Object.hasOwn(data, key) ? data[key] : undefined;
      return typeof value === 'string' ? [[key, value]] : [];
    }),
  );
}

/** What the parts hold, by namespace/name. */
export function standingIn(shard: number, parts: readonly Part[]): Map<string, Packable> {
  const config = new Map(parts.flatMap((part) => Object.entries(part.config)));
  const secret = new Map(parts.flatMap((part) => Object.entries(part.secret)));
  const entries: ManifestEntry[] = readManifest(shard, (key) => config.get(key)) ?? [];
  return new Map(
    entries.flatMap((entry) => {
      const blobs = [entry.file, ...Object.values(entry.secrets)].flatMap(keysOf).map((key): Blob | undefined => {
        const isSecret = key.startsWith('s-');
        const content = (isSecret ? secret : config).get(key);
        return content === undefined ? undefined : blob(key, isSecret, content);
      });
      // Parts that are torn vouch for nothing.
      const whole = blobs.filter((one) => one !== undefined);
      if (whole.length < blobs.length) return [];
      const node = entry.node ?? nodeDataOf(fileIn(entry, whole));
      return [[`${entry.namespace}/${entry.name}`, packable({ ...entry, node }, whole)] as const];
    }),
  );
}

/** The file of an entry, from its pieces. */
function fileIn({ file }: ManifestEntry, blobs: readonly Blob[]): string {
  return keysOf(file)
    .map((key) => blobs.find((one) => one.key === key)?.content ?? '')
    .join('');
}
