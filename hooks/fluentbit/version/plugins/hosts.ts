import { parseHost } from '../../../kubernetes/address.ts';

/** The host to which a text leads; where readers of URLs may differ, every address that one of them could take. */
export function hostsIn(text: string): string[] {
  const authority = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[/?#\\].*$/s, '');
  const pieces = authority.split('@').map(withoutPort);
  return pieces.filter((piece, index) => index === pieces.length - 1 || 'address' in parseHost(piece));
}

function withoutPort(piece: string): string {
  if (piece.startsWith('[')) return piece.replace(/\].*$/s, ']');
  // An IPv6 address without brackets has no port.
  return /:.*:/s.test(piece) ? piece : piece.replace(/:.*$/s, '');
}
