import { id } from '../../kubernetes/ids.ts';
import { labels } from '../../kubernetes/names.ts';

/** DaemonSet, base configuration and NetworkPolicy of an agent. */
export function agentName(agent: string): string {
  return `${agent}-agent`;
}

/** Service for metrics, pod by pod. */
export function serviceName(agent: string): string {
  return label(agent, 'agent');
}

/** Service for the inputs, whichever pod. */
export function inputsServiceName(agent: string): string {
  return label(agent, 'inputs');
}

/** Name of a Service: a label that begins with a letter (RFC 1035). */
function label(agent: string, end: string): string {
  const name = `${agent}-${end}`;
  return /^[a-z][-a-z0-9]{0,62}$/.test(name) ? name : `${id('service', agent)}-${end}`;
}

/** FluentBitReport for a namespace, which has no dot in it, or for all that the agent carries, which has none either. */
export function reportName(agent: string, namespace: string | undefined): string {
  return namespace === undefined ? id('report', agent) : `${agent}.${namespace}`;
}

/** What finds the pods of an agent, and never changes. */
export function podSelector(agent: string): Record<string, string> {
  return { [labels.agent]: agent, 'app.kubernetes.io/name': 'fluent-bit' };
}

export function childLabels(agent: string): Record<string, string> {
  return { [labels.agent]: agent, [labels.managedBy]: 'fluentbind' };
}

export const metricsPort = 2021;
