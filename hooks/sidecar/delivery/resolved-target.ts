import type { OutputTarget } from '../../shards/output-targets.ts';

/** Where to connect to, as Fluent Bit would. Certificates and keys by the names of their blobs. */
export interface Destination {
  host: string;
  port: number;
  tls?: DestinationTls;
}

export interface DestinationTls {
  unverified: boolean;
  named: boolean;
  ca?: string;
  certificate?: string;
  key?: string;
  password?: string;
  serverName?: string;
}

/**
 * The target of an output with the secrets of its pipeline in it; undefined where nobody can connect in its place.
 *
 * @param secrets names of blobs, by the name of the file
 */
export function destinationOf(
  { host, port, tls }: OutputTarget,
  secrets: Readonly<Record<string, string>>,
  read: (blob: string) => string,
): Destination | undefined {
  try {
    const text = (written: string | undefined) => {
      if (written === undefined) return undefined;
      const full = written.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => read(known(secrets, name)));
      if (full.includes('${')) throw new Error('it has another variable');
      return full;
    };
    const file = (path: string | undefined) =>
      path === undefined ? undefined : known(secrets, /\/secrets\/([^/]+)$/.exec(path)?.[1] ?? '');
    const [name = '', number] = [text(host), Number(text(port))];
    if (!/^[\w.:-]{1,253}$/.test(name) || !Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
    if (tls === undefined) return { host: name, port: number };
    const [ca, certificate, key] = [file(tls.ca), file(tls.certificate), file(tls.key)];
    const [password, serverName] = [text(tls.password), text(tls.serverName)];
    return {
      host: name,
      port: number,
      tls: {
        unverified: tls.unverified === true,
        named: tls.named === true,
        ...(ca === undefined ? {} : { ca }),
        ...(certificate === undefined ? {} : { certificate }),
        ...(key === undefined ? {} : { key }),
        ...(password === undefined ? {} : { password }),
        ...(serverName === undefined ? {} : { serverName }),
      },
    };
  } catch {
    return undefined;
  }
}

function known(secrets: Readonly<Record<string, string>>, name: string): string {
  const blob = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (blob === undefined) throw new Error('it is no file of the pipeline');
  return blob;
}
