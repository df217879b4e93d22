import type { ClusterApi } from './cluster-api.ts';
import {
  managedBy,
  type Part,
  parts,
  partsOf,
  plan,
  type SecretObject,
  secretName,
  type Wanted,
} from './credential-secrets.ts';
import { bundleIn, trust } from './trust.ts';

/** A Secret of ours by name that somebody else made: it stays untouched. */
export class ForeignSecret extends Error {}

type Found = Partial<Record<Part, SecretObject>>;

/** Brings the Secrets to what is wanted. Each line says what became of one, never a word of its content. */
export async function ensureCredentials(api: ClusterApi, wanted: Wanted & { admission?: string }): Promise<string[]> {
  const existing = await read(api, wanted, partsOf(wanted));
  for (const secret of Object.values(existing))
    if (!isOurs(secret))
      throw new ForeignSecret(
        `Secret ${wanted.namespace}/${secret.metadata.name} was not made by fluentbind and stays as it is. ` +
          'Set fullnameOverride, or credentials.mode: provided.',
      );
  const lines: string[] = [];
  const steps = await plan(existing, wanted);
  const bundle = bundleIn(steps.find(({ part }) => part === 'tls')?.secret ?? existing.tls);
  // Before anybody shows a certificate of a new authority, whoever has to know it does.
  if (wanted.admission !== undefined && bundle !== undefined) lines.push(await trust(api, wanted.admission, bundle));
  for (const { part, done, secret } of steps) {
    if (secret !== undefined) await api.apply(path(wanted, part), secret);
    lines.push(`Secret ${wanted.namespace}/${secretName(wanted, part)}: ${done}`);
  }
  return lines;
}

/** Deletes what `ensureCredentials` made. */
export async function removeCredentials(
  api: ClusterApi,
  wanted: Pick<Wanted, 'name' | 'namespace'>,
): Promise<string[]> {
  const lines: string[] = [];
  const existing = await read(api, wanted, parts);
  for (const part of parts) {
    const secret = existing[part];
    if (secret === undefined) continue;
    if (isOurs(secret)) await api.remove(path(wanted, part), secret);
    lines.push(`Secret ${wanted.namespace}/${secret.metadata.name}: ${isOurs(secret) ? 'deleted' : 'not ours, kept'}`);
  }
  return lines;
}

async function read(
  api: ClusterApi,
  wanted: Pick<Wanted, 'name' | 'namespace'>,
  asked: readonly Part[],
): Promise<Found> {
  const found: Found = {};
  for (const part of asked) {
    const secret = await api.get<SecretObject>(path(wanted, part));
    if (secret !== undefined) found[part] = secret;
  }
  return found;
}

function path(wanted: Pick<Wanted, 'name' | 'namespace'>, part: Part): string {
  return `/api/v1/namespaces/${wanted.namespace}/secrets/${secretName(wanted, part)}`;
}

function isOurs({ metadata }: SecretObject): boolean {
  return Object.entries(managedBy).every(([label, value]) => metadata.labels?.[label] === value);
}
