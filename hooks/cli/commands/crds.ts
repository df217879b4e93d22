import { readInCluster } from '../../config/in-cluster.ts';
import { ApiRefusal, ClusterApi } from '../../install/cluster-api.ts';
import { bundledCrds, upgradeCrds } from '../../install/crds.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';

export const usage = `fluentbind crds [--without-metacontroller]

Brings the CRDs of fluentbind up to date, and those of Metacontroller where fluentbind installed them, as the service
account of the pod it runs in. The chart runs it before install and upgrade.
Exit code: 0 done, 1 refused or failed, 2 called wrongly.`;

export async function crds(args: string[], io: Io): Promise<number> {
  const { values } = readArguments(args, { 'without-metacontroller': { type: 'boolean', default: false } });
  const api = new ClusterApi(readInCluster());
  try {
    for (const line of await upgradeCrds(api, bundledCrds(!values['without-metacontroller']))) io.out(`${line}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    io.err(`fluentbind crds: ${error.message}\n`);
    return 1;
  }
}
