import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { admissionRoute } from '../../hooks/admission/admission-route.ts';
import { group, type KubernetesObject } from '../../hooks/api/object.ts';
import type { Candidate, TrialVerdict } from '../../hooks/api/wire/trial.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import type { HookTransport } from '../../hooks/engine/passes/hook-client.ts';
import { defaultSettings, type HookSettings } from '../../hooks/kit/controller.ts';
import { routes } from '../../hooks/kit/routes.ts';
import { World } from '../support/world.ts';
import { nodeFiles } from './node-files.ts';

/** What a trial server of a case answers; `pending` and `unavailable` as they are. */
type Answer = { trial: TrialVerdict | 'pending' | 'unavailable' };

interface Input {
  objects: KubernetesObject[];
  answer: Answer | undefined;
}

const now = '2026-06-01T00:00:00Z';
const settings: HookSettings = {
  ...defaultSettings,
  agent: { ...defaultSettings.agent, namespaces: ['fluentbind'] },
};
/** Kinds by the folder of their cases. */
const parents: Record<string, string> = {
  'service-binding-config': 'ServiceBindingConfig',
  'logging-configuration': 'LoggingConfiguration',
  'fluent-bit-agent': 'FluentBitAgent',
  'fluent-bit-shard': 'FluentBitShard',
};

/** The documents of a case: objects of a cluster, and at most one answer of a trial server. */
function read(file: string): Input {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJSON() as KubernetesObject | Answer;
  });
  const answers = documents.filter((document): document is Answer => 'trial' in document);
  return { objects: documents.filter((document) => 'kind' in document), answer: answers[0] };
}

/**
 * What fluentbind says of a case.
 *
 * @param kind folder of the case: a kind with a controller (its last reply), `customize` (what is related), `admission`
 *   (the response), `trial` (what a trial server gets), or `node` (the files of a node)
 * @param files `in.yaml`, and `then.yaml` where the case goes on once everything has settled
 */
export async function run(kind: string, files: readonly string[]): Promise<unknown> {
  const [first, ...later] = files.map(read);
  if (first === undefined) throw new Error('a case has an in.yaml');
  if (kind === 'customize') return customized(first);
  if (kind === 'admission') return reviewed([first, ...later]);
  const { world, last, candidates } = await lived([first, ...later]);
  if (world.engine.errors.length > 0) throw new Error(JSON.stringify(world.engine.errors));
  if (kind === 'trial') return candidates.at(-1);
  if (kind === 'node') return await nodeFiles(world);
  const parent = parents[kind];
  const reply = last.get(parent ?? '');
  if (reply === undefined) throw new Error(`no hook of ${parent ?? kind} was called`);
  return reply;
}

/** A cluster with the objects of the case, and the last reply for the first object of each kind. */
async function lived(inputs: readonly Input[]) {
  const replies = new Map<string, Map<string, unknown>>();
  const candidates: Candidate[] = [];
  let answer: Answer | undefined;
  const recording =
    (transport: HookTransport): HookTransport =>
    async (url, body, timeout) => {
      const response = await transport(url, body, timeout);
      const { parent } = JSON.parse(body) as { parent: KubernetesObject };
      const own = replies.get(parent.kind) ?? new Map<string, unknown>();
      if (url.includes('/sync') && response.status === 200) own.set(parent.metadata.name, JSON.parse(response.body));
      replies.set(parent.kind, own);
      return response;
    };
  const tries = inputs.some((input) => input.answer !== undefined);
  const world = await World.start({
    now,
    settings,
    wrap: recording,
    ...(tries
      ? {
          trial: (candidate) => {
            candidates.push(candidate);
            return answer?.trial ?? 'unavailable';
          },
        }
      : {}),
  });
  for (const input of inputs) {
    answer = input.answer ?? answer;
    await world.apply(...input.objects);
  }
  const names = inputs.flatMap((input) => input.objects.map(({ metadata }) => metadata.name));
  const last = new Map(
    [...replies].map(([kind, own]) => {
      const name = names.find((one) => own.has(one)) ?? [...own.keys()].sort()[0] ?? '';
      return [kind, own.get(name)] as const;
    }),
  );
  return { world, last, candidates };
}

async function customized({ objects: [parent] }: Input): Promise<unknown> {
  const controller = controllers.find((one) => one.parent.kind === parent?.kind);
  const route = routes(controllers).find((one) => one.controller === controller?.name && one.hookName === 'customize');
  return await route?.hook({ controller: undefined, parent }, { now: new Date(now), settings });
}

/** The second file, where there is one, is what the first object is changed to. */
async function reviewed(inputs: readonly Input[]): Promise<unknown> {
  const [oldObject, changed] = inputs.map(({ objects }) => objects[0]);
  const object = changed ?? oldObject;
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '0b8a3c1e-0000-4000-8000-000000000000',
      kind: { group, version: 'v1alpha1', kind: object?.kind },
      namespace: object?.metadata.namespace,
      operation: changed === undefined ? 'CREATE' : 'UPDATE',
      object,
      oldObject: changed === undefined ? null : oldObject,
    },
  };
  return await admissionRoute.hook(review, { now: new Date(now), settings });
}
