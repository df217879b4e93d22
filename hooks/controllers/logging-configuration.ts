import { loggingConfiguration as kind } from '../api/kinds.ts';
import { LoggingConfigurationSpec } from '../api/logging-configuration.ts';
import type {
  Child,
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
} from '../api/metacontroller.ts';
import { apiVersion } from '../api/object.ts';
import { fieldPath, problem } from '../api/problem.ts';
import { type CompleteSpec, complete } from '../binding/complete.ts';
import type { Subject } from '../binding/resolve.ts';
import type { Rendering } from '../fluentbit/render.ts';
import { observedChildren } from '../kubernetes/children.ts';
import { digest } from '../kubernetes/digest.ts';
import { annotations, fluentBitName, labels } from '../kubernetes/names.ts';
import { byName, configMaps, secrets } from '../kubernetes/related.ts';
import { parse } from '../kubernetes/validate.ts';
import { assemble, sourcesIn } from './assemble.ts';
import type { TlsVerdict } from './client-tls.ts';
import type { CompositeController, Context } from './controller.ts';
import { conclude, foreignIn, noAgent, outcome, type Parent, rules, type Verdict } from './outcome.ts';

const childKinds = [configMaps, secrets];

/** The `metadata.annotations` limit of Kubernetes is 256 KiB, and dynamic apply repeats the whole child in one. */
const maxChildBytes = 200_000;

export const loggingConfiguration: CompositeController = {
  type: 'composite',
  name: 'loggingconfigurations',
  parent: { apiVersion, kind: kind.kind, resource: kind.plural, namespaced: true },
  children: childKinds,
  related: [configMaps, secrets],
  customize,
  sync,
};

/** From the spec only, for Metacontroller keeps the answer by generation; the own children's names find foreigners. */
function customize({ parent }: CustomizeRequest): CustomizeReply {
  const { namespace, name } = parent.metadata;
  const child = fluentBitName(name);
  const sources = sourceNames((parent as Parent).spec);
  return rules(
    byName(configMaps, namespace, [child, ...sources.configMaps]),
    byName(secrets, namespace, [child, ...sources.secrets]),
  );
}

/** Names in a spec that may not even fit its schema. */
function sourceNames(spec: unknown): { secrets: string[]; configMaps: string[] } {
  const found = { secrets: [] as string[], configMaps: [] as string[] };
  const { variables, files } = (spec ?? {}) as { variables?: unknown; files?: unknown };
  for (const item of [variables, files].flatMap((list) => (Array.isArray(list) ? list : []))) {
    const source = (
      item as { valueFrom?: { secretKeyRef?: { name?: unknown }; configMapKeyRef?: { name?: unknown } } } | null
    )?.valueFrom;
    if (typeof source?.secretKeyRef?.name === 'string') found.secrets.push(source.secretKeyRef.name);
    if (typeof source?.configMapKeyRef?.name === 'string') found.configMaps.push(source.configMapKeyRef.name);
  }
  return found;
}

function sync(request: CompositeRequest, context: Context): CompositeReply {
  const parent = request.parent as Parent;
  const observed = observedChildren(request.children, childKinds);
  const { verdict, tls, rendering } = evaluate(request, parent, context);
  const result = outcome(verdict, parent, observed, foreignIn(request.related, observed, childKinds), context);
  return conclude(parent, context, {
    outcome: result,
    findings: {
      Live: noAgent,
      ...(tls?.finding === undefined ? {} : { CertificateExpiring: tls.finding }),
    },
    acceptedMessage: 'The configuration is valid.',
    extra: {
      ...(tls?.expiry === undefined ? {} : { certificateExpiry: tls.expiry }),
      pipelines: verdict.enabled ? (rendering?.pipelines ?? []) : [],
    },
    resyncAfterSeconds: tls?.changesIn,
  });
}

interface Evaluation {
  verdict: Verdict;
  tls?: TlsVerdict;
  rendering?: Rendering;
}

function evaluate(request: CompositeRequest, parent: Parent, context: Context): Evaluation {
  const raw = (parent.spec ?? {}) as { enabled?: unknown; suspend?: unknown };
  const switches = { enabled: raw.enabled !== false, suspended: raw.suspend === true };
  const parsed = parse(LoggingConfigurationSpec, parent.spec, 'spec');
  if ('problems' in parsed) return { verdict: { ...switches, problems: parsed.problems, desired: undefined } };
  const spec = complete(parsed.value);
  const { namespace = '', name, generation = 0 } = parent.metadata;

  const { rendering, tls, problems } = assemble(
    { namespace, name, generation, spec, sources: sourcesIn(request.related, namespace), subject: subjectIn(spec) },
    context,
  );
  const desired = children(namespace, name, rendering, context);
  problems.push(...desired.filter(tooLarge).map(tooLargeProblem));
  return { verdict: { ...switches, problems, desired: problems.length === 0 ? desired : undefined }, tls, rendering };
}

function subjectIn(spec: CompleteSpec): (name: string) => Subject {
  return (name) => {
    const variable = spec.variables.findIndex((v) => v.name === name);
    if (variable >= 0) return { called: `variable ${name}`, path: fieldPath(['spec', 'variables', variable]) };
    return { called: `file ${name}`, path: fieldPath(['spec', 'files', spec.files.findIndex((f) => f.name === name)]) };
  };
}

/** ConfigMap and Secret of a rendering. Both carry the revision of the pair: only two that agree are one configuration. */
function children(namespace: string, name: string, rendering: Rendering, { settings }: Context): Child[] {
  const data = { [rendering.file.key]: rendering.file.text };
  const secretData = Object.fromEntries(
    [...rendering.secretData]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, bytes]) => [key, bytes.toString('base64')]),
  );
  const metadata = {
    name: fluentBitName(name),
    namespace,
    labels: { [labels.loggingConfiguration]: name, [labels.managedBy]: 'fluentbind' },
    annotations: { [annotations.revision]: digest(settings.digestKeys[0], { data, secretData }) },
  };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
    // An empty map would be dropped by the API server and written again on every pass.
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'Opaque',
      ...(Object.keys(secretData).length === 0 ? {} : { data: secretData }),
    },
  ];
}

function tooLarge(child: Child): boolean {
  return JSON.stringify(JSON.stringify(child)).length > maxChildBytes;
}

function tooLargeProblem(child: Child) {
  return problem(
    'TooLarge',
    'spec',
    `${child.kind} ${child.metadata.name} would be larger than ${maxChildBytes} bytes.`,
  );
}
