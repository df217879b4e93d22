import type { Policy } from '../../api/policy.ts';
import { pluginName } from '../version/catalogue.ts';
import { deniedDestinations } from './destinations.ts';
import { allowedByDefault, neverReason } from './plugins.ts';

/** The policy with every default written out; completing it once more changes nothing. */
export function completePolicy(policy: Policy = {}) {
  return {
    controlNamespaces: sorted(policy.controlNamespaces ?? []),
    outputs: plugins('output', policy.outputs),
    filters: plugins('filter', policy.filters),
    code: policy.code ?? 'Template',
    destinations: {
      allow: sorted(policy.destinations?.allow ?? ['*'], entry),
      deny: sorted([...deniedDestinations, ...(policy.destinations?.deny ?? [])], entry),
    },
    ambientIdentity: sorted(policy.ambientIdentity ?? [], own('output')),
    proxies: policy.proxies ?? false,
    nodePaths: policy.nodePaths ?? false,
  } satisfies Policy;
}

export type CompletePolicy = ReturnType<typeof completePolicy>;

function plugins(kind: 'filter' | 'output', lists: Policy['outputs']) {
  const allow = sorted(lists?.allow ?? [...allowedByDefault(kind)], own(kind));
  return {
    allow: allow.filter((name) => neverReason(kind, name) === undefined),
    deny: sorted(lists?.deny ?? [], own(kind)),
  };
}

const own = (kind: 'filter' | 'output') => (name: string) => pluginName(kind, name) ?? name.toLowerCase();
const entry = (text: string) => text.toLowerCase().replace(/\.$/, '');

function sorted(list: readonly string[], form: (text: string) => string = (text) => text): string[] {
  return [...new Set(list.map(form))].sort();
}
