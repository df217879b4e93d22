import { readInCluster } from '../../config/in-cluster.ts';
import { readArguments } from '../arguments.ts';
import { type Io, UsageError } from '../io.ts';

export const usage = `fluentbind credentials --name NAME [--service SERVICE] [--rotate VALUE] [--without-tls]
                       [--trial] [--admission NAME] [--remove]

Makes the Secrets that Metacontroller and the hooks know each other by, in the namespace of the pod it runs in:
NAME-token, NAME-digest, NAME-ca and NAME-tls; with --trial also NAME-trial-token and NAME-trial-tls, for a trial
server behind the Service SERVICE-trial. With --without-tls none of NAME-ca, NAME-tls and NAME-trial-tls is made. Those
that are good stay; a VALUE that is another than the one before makes new ones, with the former still accepted. The
ValidatingWebhookConfiguration of --admission, where it is there already, learns of a new authority first. --remove
deletes them all.
The chart runs it before install and upgrade. Exit code: 0 done, 1 refused or failed, 2 called wrongly.`;

export async function credentials(args: string[], io: Io): Promise<number> {
  const { values } = readArguments(args, {
    name: { type: 'string' },
    service: { type: 'string' },
    rotate: { type: 'string', default: '' },
    'without-tls': { type: 'boolean', default: false },
    trial: { type: 'boolean', default: false },
    admission: { type: 'string' },
    remove: { type: 'boolean', default: false },
  });
  const { name } = values;
  if (name === undefined) throw new UsageError('--name is missing');
  const cluster = readInCluster();
  const { namespace } = cluster;
  // Certificates need a library that no other command loads.
  const { ensureCredentials, ForeignSecret, removeCredentials } = await import('../../install/ensure.ts');
  const { ApiRefusal, ClusterApi } = await import('../../install/cluster-api.ts');
  const api = new ClusterApi(cluster);
  const service = values.service ?? name;
  const hosts = (name: string) =>
    [name, `${name}.${namespace}`, `${name}.${namespace}.svc`].concat(`${name}.${namespace}.svc.cluster.local`);
  try {
    const lines = values.remove
      ? await removeCredentials(api, { name, namespace })
      : await ensureCredentials(api, {
          name,
          namespace,
          hosts: hosts(service),
          rotate: values.rotate,
          tls: !values['without-tls'],
          ...(values.trial ? { trial: { hosts: hosts(`${service}-trial`) } } : {}),
          ...(values.admission === undefined ? {} : { admission: values.admission }),
          now: io.now(),
        });
    for (const line of lines) io.out(`${line}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ApiRefusal) && !(error instanceof ForeignSecret)) throw error;
    io.err(`fluentbind credentials: ${error.message}\n`);
    return 1;
  }
}
