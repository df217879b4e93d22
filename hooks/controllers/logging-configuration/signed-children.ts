import type { Child } from '../../api/wire/metacontroller.ts';
import type { NamespacePolicy } from '../../compile/policy-in-force.ts';
import type { Rendering } from '../../fluentbit/render/render.ts';
import type { HookSettings } from '../../kit/controller.ts';
import type { Parent } from '../../kit/plan-children.ts';
import { digest } from '../../kubernetes/digest.ts';
import { annotations, fluentBitName, labels } from '../../kubernetes/names.ts';
import { shardOf } from '../../shards/rendezvous.ts';
import { type Signed, sign } from '../../shards/signature.ts';

/**
 * ConfigMap and Secret of a rendering, addressed to a shard of the agent that carries the namespace. Both have the
 * revision of the pair, for only two that agree are one configuration, and a signature, for their namespace is the
 * tenant's: an agent takes nothing that the hooks did not write.
 */
export function signedChildren(
  { metadata: { namespace = '', name, uid = '' } }: Parent,
  { file, secretData }: Rendering,
  { policyHash, agent }: NamespacePolicy,
  { digestKeys: [key] }: HookSettings,
): Child[] {
  const data = { [file.key]: file.text };
  const secrets = Object.fromEntries(
    [...secretData].sort(([a], [b]) => (a < b ? -1 : 1)).map(([entry, bytes]) => [entry, bytes.toString('base64')]),
  );
  const address =
    agent === undefined ? undefined : { agent: agent.name, shard: shardOf(namespace, name, agent.shards) };
  const revision = digest(key, { data, secretData: secrets });
  const signed = (kind: Signed['kind'], content: Record<string, string>) => ({
    name: fluentBitName(name),
    namespace,
    labels: {
      [labels.loggingConfiguration]: name,
      [labels.managedBy]: 'fluentbind',
      ...(address === undefined ? {} : { [labels.agent]: address.agent, [labels.shard]: String(address.shard) }),
    },
    annotations: {
      [annotations.revision]: revision,
      [annotations.policy]: policyHash,
      [annotations.keys]: Object.keys(content).join(','),
      [annotations.signature]: sign(key, {
        kind,
        namespace,
        name,
        ownerUid: uid,
        revision,
        policyHash,
        agent: address?.agent ?? '',
        shard: address?.shard ?? 0,
        data: content,
      }),
    },
  });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: signed('ConfigMap', data), data },
    // An empty map would be dropped by the API server and written again on every pass.
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: signed('Secret', secrets),
      type: 'Opaque',
      ...(secretData.size === 0 ? {} : { data: secrets }),
    },
  ];
}
