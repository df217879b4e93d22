import { type Address, contains, type Host, parseHost, parseRange } from '../../kubernetes/address.ts';

const loopback = 'the agent itself';
const linkLocal = 'the link of the node, with its metadata service';
const metadata = 'a metadata service of a cloud';
const unspecified = 'the agent itself';
const multicast = 'no host';

/**
 * Never a backend, and often one that hands out credentials. What else the network of the agent reaches, services of
 * the cluster among it, tenants reach from their own pods, and backends are often there: it is allowed.
 */
const denied: Record<string, string> = {
  '0.0.0.0/8': unspecified,
  '127.0.0.0/8': loopback,
  '169.254.0.0/16': linkLocal,
  '100.100.100.200/32': metadata,
  '168.63.129.16/32': metadata,
  '224.0.0.0/4': multicast,
  '255.255.255.255/32': multicast,
  '::/128': unspecified,
  '::1/128': loopback,
  'fe80::/10': linkLocal,
  'fd00:ec2::254/128': metadata,
  'fd20:ce::254/128': metadata,
  'ff00::/8': multicast,
  localhost: loopback,
  '*.localhost': loopback,
  'localhost.localdomain': loopback,
  'ip6-localhost': loopback,
  'ip6-loopback': loopback,
  'metadata.google.internal': metadata,
  'metadata.goog': metadata,
  'instance-data': metadata,
  'instance-data.ec2.internal': metadata,
};

export const deniedDestinations: readonly string[] = Object.keys(denied);

export interface Destinations {
  allow: readonly string[];
  deny: readonly string[];
}

/** How well an entry fits a host: the longer, the more it says; undefined where it does not fit. */
function weigh(entry: string, host: Host): number | undefined {
  if (entry === '*') return -1;
  if ('address' in host) return rangeWeight(entry, host.address);
  const { name } = host;
  if (entry.startsWith('*.')) return name.endsWith(entry.slice(1)) ? entry.length - 1 : undefined;
  return name === entry ? Number.POSITIVE_INFINITY : undefined;
}

function rangeWeight(entry: string, address: Address): number | undefined {
  const range = parseRange(entry);
  return range !== undefined && contains(range, address) ? range.prefix : undefined;
}

function best(entries: readonly string[], host: Host): { entry: string; weight: number } | undefined {
  let found: { entry: string; weight: number } | undefined;
  for (const entry of entries) {
    const weight = weigh(entry, host);
    if (weight !== undefined && (found === undefined || weight > found.weight)) found = { entry, weight };
  }
  return found;
}

/** Why a host is no destination; undefined where it is one. The more specific entry counts, of two equal ones `deny`. */
export function destinationFault(text: string, { allow, deny }: Destinations): string | undefined {
  const host = parseHost(text);
  const yes = best(allow, host);
  const no = best(deny, host);
  if (yes === undefined) return 'is none of the destinations in its allow list';
  if (no === undefined || no.weight < yes.weight) return undefined;
  const what = Object.hasOwn(denied, no.entry) ? ` (${denied[no.entry]})` : '';
  return `is denied by ${no.entry}${what}`;
}

/** What is wrong with an entry of a list; undefined where nothing is. */
export function entryFault(entry: string): string | undefined {
  if (entry === '*' || parseRange(entry) !== undefined) return undefined;
  const name = entry.replace(/^\*\./, '');
  const named = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(name);
  return named && 'name' in parseHost(name)
    ? undefined
    : 'is no address, no range such as 10.0.0.0/8, no name and no *.name';
}
