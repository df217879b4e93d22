import { contains, parseRange, type Range } from '../../kubernetes/address.ts';
import { type Destinations, deniedDestinations } from './destinations.ts';

/** A range of addresses without some in it, as a NetworkPolicy takes it. */
export interface Block {
  cidr: string;
  except: string[];
}

export interface Egress {
  blocks: Block[];
  /** Whether pods are among the destinations: some network plugins do not count them among addresses. */
  pods: boolean;
}

const everywhere = ['0.0.0.0/0', '::/0'];

/**
 * The destinations of a policy as addresses, for names resolve later than any check: where a policy allows a name, only
 * what it denies by address is left out. The more specific of two ranges counts, of two equal ones `deny`.
 */
export function egressOf({ allow, deny }: Destinations): Egress {
  const denied = ranges(deny);
  const open = allow.some((entry) => parseRange(entry) === undefined);
  const allowed = ranges(open ? [...everywhere, ...allow] : allow);
  const blocks = [...allowed]
    .filter(([cidr]) => !denied.has(cidr))
    .map(([cidr, range]) => ({ cidr, except: outermost(inside(range, denied)) }));
  const own = [...denied.keys()].some((cidr) => !builtIn.has(cidr));
  return { blocks, pods: open && !own };
}

/** Everything but what a policy denies by address. */
export function undenied({ deny }: Destinations): Block[] {
  return egressOf({ allow: everywhere, deny }).blocks;
}

/** Ranges by their canonical text, which is what an API server compares. */
function ranges(entries: readonly string[]): Map<string, Range> {
  return new Map(
    entries
      .flatMap((entry) => parseRange(entry) ?? [])
      .map((range) => [text(range), range] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const builtIn = new Set(ranges(deniedDestinations).keys());

function inside(outer: Range, all: ReadonlyMap<string, Range>): [string, Range][] {
  return [...all].filter(([, range]) => range.prefix > outer.prefix && contains(outer, range));
}

function outermost(list: readonly [string, Range][]): string[] {
  return list
    .filter(([cidr, range]) => !list.some(([other, outer]) => other !== cidr && contains(outer, range)))
    .map(([cidr]) => cidr);
}

function text({ bits, value, prefix }: Range): string {
  const shift = BigInt(bits - prefix);
  const masked = (value >> shift) << shift;
  const address = bits === 32 ? dotted(masked) : new URL(`http://[${groups(masked)}]/`).hostname.slice(1, -1);
  return `${address}/${prefix}`;
}

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

function groups(value: bigint): string {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16)).join(':');
}
