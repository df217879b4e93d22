/** An IP address as a number of 32 or 128 bits. */
export interface Address {
  bits: 32 | 128;
  value: bigint;
}

export type Host = { address: Address } | { name: string };

/**
 * What a host denotes. The parser of URLs knows every notation of an address that resolvers know: decimal, octal,
 * hexadecimal, with fewer parts, with a dot at the end, in full-width digits. An IPv4 address inside an IPv6 one is
 * what is connected to.
 */
export function parseHost(text: string): Host {
  const host = literal(text);
  return 'address' in host ? { address: embedded(host.address) } : host;
}

function literal(text: string): Host {
  const bare = text.replace(/^\[|\]$/g, '');
  const v6 = bare.includes(':');
  const hostname = hostnameOf(v6 ? `[${bare.replace(/%.*$/s, '')}]` : bare);
  if (hostname?.startsWith('[')) return { address: { bits: 128, value: v6Value(hostname.slice(1, -1)) } };
  if (hostname !== undefined && /^\d+(\.\d+){3}$/.test(hostname))
    return { address: { bits: 32, value: v4Value(hostname) } };
  return { name: (hostname ?? bare).toLowerCase().replace(/\.$/, '') };
}

function hostnameOf(host: string): string | undefined {
  if (/[/\\?#@]/.test(host)) return undefined;
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}

function v4Value(dotted: string): bigint {
  return dotted.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

/** Of the form that the parser of URLs writes: hexadecimal groups, one gap at most. */
function v6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = groups(tail ?? '');
  const gap = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...gap, ...back].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** Prefixes behind which an IPv4 address stands: mapped, compatible, NAT64, 6to4; with the bits behind it. */
const carriers: [prefix: bigint, bits: number, behind: number][] = [
  [0xffffn, 96, 0],
  [0n, 96, 0],
  [0x64_ff9b_0000_0000_0000_0000n, 96, 0],
  [0x2002n, 16, 80],
];

function embedded(address: Address): Address {
  const { bits, value } = address;
  const carrier = carriers.find(([prefix, length]) => value >> BigInt(128 - length) === prefix);
  // :: and ::1 are themselves.
  if (bits === 32 || carrier === undefined || value <= 1n) return address;
  return { bits: 32, value: (value >> BigInt(carrier[2])) & 0xffff_ffffn };
}

export interface Range extends Address {
  prefix: number;
}

/** `10.0.0.0/8`, or one address; undefined for anything else, and where hosts are known by their IPv4 address. */
export function parseRange(text: string): Range | undefined {
  const [, address = '', length] = /^([0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  if (!address.includes(':') && !/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return undefined;
  const host = literal(address);
  if (!('address' in host) || embedded(host.address) !== host.address) return undefined;
  const { bits } = host.address;
  const prefix = length === undefined ? bits : Number(length);
  return prefix <= bits ? { ...host.address, prefix } : undefined;
}

export function contains(range: Range, address: Address): boolean {
  const shift = BigInt(range.bits - range.prefix);
  return range.bits === address.bits && range.value >> shift === address.value >> shift;
}
