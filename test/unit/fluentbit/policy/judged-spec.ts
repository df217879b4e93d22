import { generateKeyPairSync } from 'node:crypto';
import type { Policy } from '../../../../hooks/api/policy.ts';
import { completePolicy } from '../../../../hooks/fluentbit/policy/complete-policy.ts';
import { openPolicy } from '../../../../hooks/fluentbit/policy/policy-problems.ts';
import { Sealed } from '../../../../hooks/kubernetes/sealed.ts';
import type { Value } from '../../../../hooks/kubernetes/value.ts';
import { problemsOf, type Spec } from '../../../support/rendered-spec.ts';

export type { Spec };

const hidden = (name: string, text: string): Value => ({ name, file: false, content: Sealed.fromText(text) });
/** What Google issues; to most plugins just a file. */
const account = {
  client_email: 'a@b.example',
  project_id: 'p',
  private_key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const values = [
  { ...hidden('file', JSON.stringify(account)), file: true },
  { ...hidden('mappings', '{"a": "${HOME}"}'), file: true },
  hidden('inside', '169.254.169.254'),
  hidden('outside', 'logs.example.com'),
  { ...hidden('later', '-'), standIn: true as const },
];

/** What a policy, by default one that opens everything, finds wrong with a spec. */
export const problems = (spec: Spec, inForce = openPolicy) => problemsOf(spec, values, inForce);

/** Puts a policy into force as that of an agent. */
export const under = (policy: Policy) => ({
  policy: completePolicy(policy),
  called: 'the policy of FluentBitAgent edge',
  excludeNamespaces: [],
  trusted: () => false,
});
export const output = (plugin: string, properties: Record<string, string | boolean> = {}): Spec => ({
  outputs: [{ plugin, properties: properties as Record<string, string> }],
});
export const http = (properties: Record<string, string | boolean>) =>
  output('http', { host: 'a.example.com', ...properties });
export const filter = (plugin: string, properties: Record<string, string> = {}): Spec => ({
  filters: [{ plugin, properties }],
});
export const lua = filter('lua', { call: 'f', code: 'function f() return 0 end' });
export const cloudwatch = output('cloudwatch_logs', { region: 'a', log_group_name: 'a', log_stream_name: 'a' });
export const bigquery = { project_id: 'a', dataset_id: 'b', table_id: 'c' };
