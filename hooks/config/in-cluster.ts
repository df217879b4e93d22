import { ConfigError, fileText } from './config-source.ts';

/** What a pod needs to talk to the API server as its service account. */
export interface InCluster {
  host: string;
  port: number;
  /** Certificate of the API server's authority, PEM. */
  ca: string;
  token: string;
  /** The pod's own. */
  namespace: string;
}

/** For the sidecar and the commands that install: they run in a pod that has a service account, which the hooks have not. */
export function readInCluster(environment: NodeJS.ProcessEnv = process.env): InCluster {
  const {
    KUBERNETES_SERVICE_HOST: host = '',
    KUBERNETES_SERVICE_PORT: port = '',
    FLUENTBIND_SERVICE_ACCOUNT_FOLDER: folder = '/var/run/secrets/kubernetes.io/serviceaccount',
  } = environment;
  if (host === '' || !/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535)
    throw new ConfigError('this command runs in a pod of the cluster that it is for');
  const read = (name: string) => fileText(`${folder}/${name}`).trim();
  return { host, port: Number(port), ca: read('ca.crt'), token: read('token'), namespace: read('namespace') };
}
