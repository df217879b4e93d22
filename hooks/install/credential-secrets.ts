import { randomBytes } from 'node:crypto';
import { group } from '../api/object.ts';
import { certificates, issue, nearsItsEnd, newAuthority, type Pair, trusted, usable } from './authority.ts';
import type { ApiObject } from './cluster-api.ts';

/**
 * The Secrets that Metacontroller and the hooks know each other by, and those of the trial server. Code of tenants runs
 * beside that one: it gets a key and a token that are good for nothing else.
 */
export const parts = ['token', 'digest', 'trial-token', 'ca', 'tls', 'trial-tls'] as const;
export type Part = (typeof parts)[number];

export interface SecretObject extends ApiObject {
  data?: Record<string, string>;
  type?: string;
}

export interface Wanted {
  /** What the names of the Secrets begin with. */
  name: string;
  namespace: string;
  /** Names of the Service, for the certificate. */
  hosts: readonly string[];
  /** Any value other than the recorded one makes new credentials; empty: as they are. */
  rotate: string;
  /** Without it somebody else makes the certificates. */
  tls: boolean;
  /** The trial server, where there is one: names of its Service. */
  trial?: { hosts: readonly string[] };
  now: Date;
}

export interface Step {
  part: Part;
  done: 'created' | 'kept' | 'renewed' | 'rotated';
  /** What is to be written; undefined where everything is as it should be. */
  secret?: SecretObject;
}

export const managedBy = { 'app.kubernetes.io/managed-by': 'fluentbind' };
const rotated = `${group}/rotated`;

/**
 * What becomes of the Secrets. Those that are good stay, upgrade after upgrade; whatever is new has the former beside
 * it, for the two sides learn of it one after the other.
 */
export async function plan(existing: Partial<Record<Part, SecretObject>>, wanted: Wanted): Promise<Step[]> {
  return [
    list('token', existing.token, wanted, { all: 'tokens', newest: 'token' }),
    list('digest', existing.digest, wanted, { all: 'keys' }),
    ...(wanted.trial === undefined
      ? []
      : [list('trial-token', existing['trial-token'], wanted, { all: 'tokens', newest: 'token' })]),
    ...(wanted.tls ? await certificateSteps(existing, wanted) : []),
  ];
}

/** Those that are looked at. */
export function partsOf({ tls, trial }: Pick<Wanted, 'tls' | 'trial'>): Part[] {
  return parts.filter(
    (part) => (tls || !['ca', 'tls', 'trial-tls'].includes(part)) && (trial !== undefined || !part.startsWith('trial')),
  );
}

export function secretName({ name }: Pick<Wanted, 'name'>, part: Part): string {
  return `${name}-${part}`;
}

/** A list with the newest first, one a line; after a rotation it holds the new one and the one before. */
function list(
  part: Part,
  existing: SecretObject | undefined,
  wanted: Wanted,
  keys: { all: string; newest?: string },
): Step {
  const values = text(existing, keys.all)
    .split('\n')
    .filter((line) => line !== '');
  const first = values[0];
  const turn = isDue(existing, wanted);
  const intact = first !== undefined && (keys.newest === undefined || text(existing, keys.newest) === first);
  if (intact && !turn) return { part, done: 'kept' };
  const next = first === undefined ? [fresh()] : turn ? [fresh(), first] : values;
  const data = { [keys.all]: `${next.join('\n')}\n`, ...(keys.newest === undefined ? {} : { [keys.newest]: next[0] }) };
  return {
    part,
    done: existing === undefined ? 'created' : turn ? 'rotated' : 'renewed',
    secret: secret(part, existing, wanted, 'Opaque', data as Record<string, string>),
  };
}

/**
 * The authority and the certificates of the servers. Metacontroller reads the authority once, and anew after a rotation:
 * so a rotation takes both at once, while an authority that only grows old gets its successor beside it and signs the
 * one certificate more, until everybody knows the new one.
 */
async function certificateSteps(existing: Partial<Record<Part, SecretObject>>, wanted: Wanted): Promise<Step[]> {
  const { now, hosts, trial } = wanted;
  const before = pair(existing.ca);
  const known = usable(before, now);
  const turn = isDue(existing.ca, wanted);
  let authority = known === undefined || turn ? await newAuthority(now) : (before as Pair);
  let bundle = [authority.certificate];
  if (known !== undefined) bundle.push(...(turn ? [before.certificate as string] : inBundle(existing.ca)));

  const leaf = async (part: Part, names: readonly string[]): Promise<Pair> => {
    const old = pair(existing[part]);
    const good = usable(old, now);
    return good === undefined ||
      isDue(existing[part], wanted) ||
      nearsItsEnd(good, now) ||
      !trusted(good, bundle) ||
      names.some((host) => good.checkHost(host) === undefined)
      ? await issue(authority, names, now)
      : (old as Pair);
  };
  const leaves: [Part, Pair][] = [['tls', await leaf('tls', hosts)]];
  if (trial !== undefined) leaves.push(['trial-tls', await leaf('trial-tls', trial.hosts)]);

  if (known !== undefined && !turn && nearsItsEnd(known, now)) {
    bundle = [authority.certificate];
    authority = await newAuthority(now);
    bundle.unshift(authority.certificate);
  }
  const trust = [...new Set(bundle)].join('');
  const step = (part: Part, { certificate, key }: Pair): Step => {
    const old = existing[part];
    const data = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': trust };
    if (Object.entries(data).every(([name, value]) => text(old, name) === value)) return { part, done: 'kept' };
    const done = old === undefined ? 'created' : isDue(old, wanted) ? 'rotated' : 'renewed';
    return { part, done, secret: secret(part, old, wanted, 'kubernetes.io/tls', data) };
  };
  return [step('ca', authority), ...leaves.map(([part, server]) => step(part, server))];
}

function isDue(existing: SecretObject | undefined, { rotate }: Wanted): boolean {
  return existing !== undefined && rotate !== '' && existing.metadata.annotations?.[rotated] !== rotate;
}

function secret(
  part: Part,
  existing: SecretObject | undefined,
  wanted: Wanted,
  type: string,
  data: Record<string, string>,
): SecretObject {
  const record = wanted.rotate === '' ? existing?.metadata.annotations?.[rotated] : wanted.rotate;
  const version = existing?.metadata.resourceVersion;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(wanted, part),
      labels: {
        ...managedBy,
        'app.kubernetes.io/part-of': 'fluentbind',
        'app.kubernetes.io/instance': wanted.name,
      },
      ...(record === undefined ? {} : { annotations: { [rotated]: record } }),
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    type: existing?.type ?? type,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

function text(existing: SecretObject | undefined, key: string): string {
  return Buffer.from(existing?.data?.[key] ?? '', 'base64').toString('utf8');
}

function pair(existing: SecretObject | undefined): Partial<Pair> {
  const [certificate, key] = [text(existing, 'tls.crt'), text(existing, 'tls.key')];
  return certificate === '' || key === '' ? {} : { certificate, key };
}

function inBundle(existing: SecretObject | undefined): string[] {
  return certificates(text(existing, 'ca.crt'));
}

function fresh(): string {
  return randomBytes(32).toString('base64url');
}
