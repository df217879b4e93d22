import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parse } from 'yaml';
import { crd } from '../api/crd.ts';
import { kinds } from '../api/kinds/index.ts';
import { packageFile } from '../runtime/package-file.ts';
import { type ApiObject, ApiRefusal, type ClusterApi } from './cluster-api.ts';

const partOf = 'app.kubernetes.io/part-of';

/** The CRDs that come with fluentbind. Those of Metacontroller bear a label that says so. */
export function bundledCrds(metacontroller: boolean): ApiObject[] {
  const folder = packageFile('metacontroller/crds');
  const others = metacontroller
    ? readdirSync(folder)
        .sort()
        .map((name) => parse(readFileSync(`${folder}/${name}`, 'utf8')) as ApiObject)
    : [];
  return [...kinds.map((kind) => crd(kind) as ApiObject), ...others];
}

/**
 * Brings CRDs up to date, which Helm does not. The whole spec is replaced: merged into the former one, a rule that is
 * no more would stay in force. What somebody else installed of Metacontroller's kinds is theirs.
 */
export async function upgradeCrds(api: ClusterApi, crds: readonly ApiObject[]): Promise<string[]> {
  const lines: string[] = [];
  for (const wanted of crds) lines.push(`CRD ${wanted.metadata.name}: ${await upgrade(api, wanted)}`);
  return lines;
}

async function upgrade(api: ClusterApi, wanted: ApiObject): Promise<string> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${wanted.metadata.name}`;
  const existing = await api.get(path);
  if (existing === undefined) {
    await api.apply(path, wanted);
    await established(api, path);
    return 'installed';
  }
  const mark = wanted.metadata.labels?.[partOf];
  if (mark !== undefined && existing.metadata.labels?.[partOf] !== mark) return "somebody else's, kept";
  const metadata = {
    ...existing.metadata,
    labels: { ...existing.metadata.labels, ...wanted.metadata.labels },
    annotations: { ...existing.metadata.annotations, ...wanted.metadata.annotations },
  };
  const now = await api.replace(path, { ...existing, metadata, spec: wanted['spec'] });
  return now?.metadata.resourceVersion === existing.metadata.resourceVersion ? 'up to date' : 'upgraded';
}

/** Whoever comes next may use the kind: an object of it is refused until the API server serves it. */
async function established(api: ClusterApi, path: string): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const crd = (await api.get(path)) as { status?: { conditions?: { type: string; status: string }[] } } | undefined;
    if (crd?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    await wait(500);
  }
  throw new ApiRefusal(`${path} is not established after 30 s`);
}
