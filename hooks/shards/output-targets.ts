import { type RenderedItem, renderedProperty } from '../fluentbit/file/rendered-file.ts';
import { insteadOfConnecting, usualPort } from '../fluentbit/version/plugins/connected-outputs.ts';

/** Where an output connects to. Texts are as they are rendered: they may hold `${variables}`. */
export interface OutputTarget {
  plugin: string;
  /** Undefined where nobody can try a connection for it: it goes by a proxy, by UDP, or where only the plugin knows. */
  host?: string | undefined;
  port?: string | undefined;
  /** Absent without TLS; paths of files are those of the node. */
  tls?: TargetTls | undefined;
}

export interface TargetTls {
  /** Off. */
  unverified?: true | undefined;
  /** Whether the name in the certificate is compared. */
  named?: true | undefined;
  ca?: string | undefined;
  certificate?: string | undefined;
  key?: string | undefined;
  password?: string | undefined;
  serverName?: string | undefined;
}

/** What a rendered output says of its backend. */
export function targetOf(item: RenderedItem): OutputTarget {
  const own = new Map(item.properties.map(([name]) => [name.toLowerCase(), name]));
  const text = (name: string) => {
    const written = own.get(name);
    const value = written === undefined ? undefined : renderedProperty(item, written);
    // A copy: V8 keeps the whole file in memory for the sake of a part of it.
    return value === undefined ? undefined : Buffer.from(value).toString();
  };
  const isOn = (name: string, usual: boolean) => {
    const value = text(name);
    return value === undefined ? usual : /^(true|on|yes)$/i.test(value);
  };
  const plugin = text('name') ?? '';
  const [host, port] = [text('host'), text('port') ?? usualPort(plugin)?.toString()];
  const elsewhere = insteadOfConnecting.some((name) => own.has(name)) || [...own.keys()].some(isOfProxy);
  if (usualPort(plugin) === undefined || host === undefined || port === undefined || elsewhere) return { plugin };
  const tls = isOn('tls', false)
    ? present({
        unverified: isOn('tls.verify', true) ? undefined : (true as const),
        named: isOn('tls.verify_hostname', false) ? (true as const) : undefined,
        ca: text('tls.ca_file'),
        certificate: text('tls.crt_file'),
        key: text('tls.key_file'),
        password: text('tls.key_passwd'),
        serverName: text('tls.vhost'),
      })
    : undefined;
  return { plugin, host, port, ...(tls === undefined ? {} : { tls }) };
}

const isOfProxy = (name: string) => name.startsWith('tls.proxy.');

function present(tls: TargetTls): TargetTls {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)) as TargetTls;
}
