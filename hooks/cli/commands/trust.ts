import { readInCluster } from '../../config/in-cluster.ts';
import { ApiRefusal, ClusterApi } from '../../install/cluster-api.ts';
import type { SecretObject } from '../../install/credential-secrets.ts';
import { bundleIn, trust as teach } from '../../install/trust.ts';
import { readArguments } from '../arguments.ts';
import { type Io, UsageError } from '../io.ts';

export const usage = `fluentbind trust --secret SECRET --configuration NAME

Writes ca.crt of a Secret in the namespace of the pod it runs in into the ValidatingWebhookConfiguration NAME, so that
the API server knows the hooks. The chart runs it after install and upgrade.
Exit code: 0 done, 1 refused or failed, 2 called wrongly.`;

export async function trust(args: string[], io: Io): Promise<number> {
  const { values } = readArguments(args, { secret: { type: 'string' }, configuration: { type: 'string' } });
  const { secret: name, configuration } = values;
  if (name === undefined) throw new UsageError('--secret is missing');
  if (configuration === undefined) throw new UsageError('--configuration is missing');
  const cluster = readInCluster();
  const { namespace } = cluster;
  const api = new ClusterApi(cluster);
  try {
    const bundle = bundleIn(await api.get<SecretObject>(`/api/v1/namespaces/${namespace}/secrets/${name}`));
    if (bundle === undefined)
      throw new ApiRefusal(
        `Secret ${namespace}/${name} has no certificate in ca.crt: add it, or set admission.caBundle`,
      );
    io.out(`${await teach(api, configuration, bundle)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    io.err(`fluentbind trust: ${error.message}\n`);
    return 1;
  }
}
