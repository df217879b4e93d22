export type EndpointPart = 'host' | 'port' | 'scheme' | 'path' | 'user' | 'password';

const endpoint =
  /^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:(?<user>[^:@/?#\s]*)(?::(?<password>[^@/?#\s]*))?@)?(?<host>\[[0-9A-Fa-f:.]+\]|[^:/?#[\]@\s]+)(?::(?<port>\d{1,5}))?(?<path>[/?#]\S*)?$/;

const defaultPorts: Record<string, string> = { http: '80', https: '443' };

/**
 * One part of a URL (`https://u:p@host:443/path`) or of a bare endpoint (`host`, `host:443`, `[::1]:443`).
 * Undefined where it is no endpoint or lacks the part; the port of http and https is implied.
 */
export function endpointPart(text: string, part: EndpointPart): string | undefined {
  const groups = endpoint.exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  const found = groups[part];
  if (part === 'port') return found ?? defaultPorts[groups['scheme']?.toLowerCase() ?? ''];
  if (part === 'host') return found?.replace(/^\[|\]$/g, '');
  if (part === 'user' || part === 'password') return found === undefined ? undefined : percentDecode(found);
  return found;
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
