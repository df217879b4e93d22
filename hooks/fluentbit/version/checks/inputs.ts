import type { Entries } from '../../file/yaml.ts';
import type { Check } from './fault.ts';
import { type ItemCheck, needs } from './item.ts';
import { matching, oneOf, words } from './values.ts';

export type Protocol = 'TCP' | 'UDP';

/** Inputs of an agent: all of them listen, and give what they receive the tag that they are told, which was tried. */
const listening: Record<string, Protocol> = {
  elasticsearch: 'TCP',
  forward: 'TCP',
  opentelemetry: 'TCP',
  splunk: 'TCP',
  syslog: 'TCP',
  tcp: 'TCP',
  udp: 'UDP',
};

const ofNode = 'It reads what is on the node, which the pod of the agent does not see.';
const commands = 'It runs commands as the agent, on every node.';
const metrics = 'It brings metrics, and no logs.';

const unfit: Record<string, string> = {
  docker: ofNode,
  docker_events: ofNode,
  exec: commands,
  exec_wasi: commands,
  head: ofNode,
  http: 'Whoever posts to it chooses the tag by the path, and with it the pipeline of a tenant. Use opentelemetry, elasticsearch or splunk, or tcp with JSON.',
  kmsg: ofNode,
  kubernetes_events: 'Every node would bring the same events.',
  node_exporter_metrics: metrics,
  podman_metrics: metrics,
  prometheus_remote_write: metrics,
  prometheus_scrape: metrics,
  systemd: ofNode,
  tail: 'It reads files of the node. Container logs are what a LoggingConfiguration selects without spec.input.from.',
};

/** Why an input cannot be one of an agent; undefined where it can, or where Fluent Bit has none of that name. */
export function unfitInput(name: string, exists: (plugin: string) => boolean): string | undefined {
  const plugin = name.toLowerCase();
  if (Object.hasOwn(unfit, plugin)) return `The input ${plugin} cannot be used. ${unfit[plugin]}`;
  if (Object.hasOwn(listening, plugin) || !exists(plugin)) return undefined;
  return `The input ${plugin} cannot be used. It is none of ${Object.keys(listening).join(', ')}.`;
}

/** What its port is a port of. */
export function protocolOf({
  plugin,
  properties,
}: {
  plugin: string;
  properties: Readonly<Record<string, unknown>>;
}): Protocol {
  const mode = Object.entries(properties).find(([name]) => name.toLowerCase() === 'mode')?.[1];
  const datagrams = plugin.toLowerCase() === 'syslog' && String(mode).toLowerCase() === 'udp';
  return datagrams ? 'UDP' : (listening[plugin.toLowerCase()] ?? 'TCP');
}

/** What every input of a plugin has to be told: otherwise the sender says which tag its records get. */
export function fixedInput(plugin: string): Entries {
  return plugin === 'opentelemetry' ? [['tag_from_uri', false]] : [];
}

const kilobytes = matching(/^0*[1-9][0-9]{0,5}$/, 'is no number of KiB', 'Write a number, such as 64.');
const lines: Record<string, Check> = {
  format: oneOf('json', 'none'),
  chunk_size: kilobytes,
  buffer_size: kilobytes,
};
const code = { successful_response_code: oneOf('200', '201', '204') };

/** What a value must be, by input and property. */
export const inputValues: Record<string, Record<string, Check>> = {
  opentelemetry: code,
  splunk: { success_header: words(2, 'X-Name value') },
  syslog: { mode: oneOf('tcp', 'udp'), format: oneOf('newline', 'octet_counting') },
  tcp: lines,
  udp: lines,
};

/** What the properties of an input must be together. */
export const inputItems: Record<string, ItemCheck> = {
  // Without these it listens at a socket, and asks for a parser that is not there.
  syslog: needs('mode', 'parser'),
};
