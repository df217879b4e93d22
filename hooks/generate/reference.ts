import { readFileSync } from 'node:fs';
import ejs from 'ejs';
import { structural } from '../api/crd.ts';
import { kinds } from '../api/kinds/index.ts';
import type { Kind } from '../api/kinds/kind.ts';
import { apiVersion } from '../api/object.ts';
import { reasons } from '../api/problems/reasons.ts';
import { deniedDestinations } from '../fluentbit/policy/destinations.ts';
import { restrictedPlugins } from '../fluentbit/policy/plugins.ts';
import { answers, boundedAttempts, retryLimit } from '../fluentbit/version/answers.ts';
import { catalogue } from '../fluentbit/version/catalogue.ts';
import { ambientOutputs } from '../fluentbit/version/checks/ambient-identity.ts';
import { reservedProperties } from '../fluentbit/version/plugins/reserved.ts';
import { packageFile } from '../runtime/package-file.ts';

interface Node {
  type?: string;
  description?: string;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  additionalProperties?: Node;
  enum?: string[];
  maxLength?: number;
  maxItems?: number;
  'x-kubernetes-validations'?: { message: string }[];
}

interface Row {
  path: string;
  type: string;
  required: boolean;
  description: string;
}

/** crds/README.md: every field of every kind, every reason, every reserved property. */
export function renderReference(): string {
  const template = readFileSync(packageFile('hooks/generate/reference.md.ejs'), 'utf8');
  const data = {
    apiVersion,
    kinds: kinds.map(describeKind),
    reasons,
    reserved: reservedProperties(),
    restricted: restrictedPlugins(),
    ambient: ambientOutputs,
    denied: deniedDestinations,
    attempts: boundedAttempts,
    answers: Object.entries(answers).map(([plugin, row]) => ({ plugin, ...row, retryLimit: retryLimit(plugin) })),
    fluentBit: catalogue.version,
  };
  return ejs.render(template, data, {
    escape: (text: unknown) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' '),
  });
}

function describeKind(kind: Kind) {
  const spec = structural(kind.spec) as Node;
  return {
    ...kind,
    scope: kind.namespaced ? 'namespaced' : 'cluster-scoped',
    spec: rows(spec, 'spec'),
    status: kind.status === undefined ? [] : rows(structural(kind.status) as Node, 'status'),
    checks: [...kind.rules.map((rule) => rule.message), ...checks(spec)],
  };
}

function rows(node: Node, path: string): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const at = `${path}.${name}`;
    const row: Row = {
      path: at,
      type: typeOf(child),
      required: node.required?.includes(name) === true,
      description: child.description ?? '',
    };
    const inner = child.items ?? child.additionalProperties;
    return [
      row,
      ...rows(child, at),
      ...(inner === undefined ? [] : rows(inner, child.items === undefined ? `${at}.*` : `${at}[]`)),
    ];
  });
}

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.join(', ');
  if (node.items !== undefined)
    return `list of ${typeOf(node.items)}${node.maxItems === undefined ? '' : `, at most ${node.maxItems}`}`;
  if (node.additionalProperties !== undefined) return 'map';
  return `${node.type ?? 'any'}${node.maxLength === undefined ? '' : `, at most ${node.maxLength}`}`;
}

function checks(node: Node): string[] {
  const own = (node['x-kubernetes-validations'] ?? []).map((rule) => rule.message);
  const inner = [
    ...Object.values(node.properties ?? {}),
    ...[node.items, node.additionalProperties].filter((child) => child !== undefined),
  ];
  return [...new Set([...own, ...inner.flatMap(checks)])];
}
