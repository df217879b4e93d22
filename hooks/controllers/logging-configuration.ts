import { min } from 'lodash-es';
import { loggingConfiguration as kind } from '../api/kinds.ts';
import { LoggingConfigurationSpec, type LoggingConfigurationStatus } from '../api/logging-configuration.ts';
import type {
  Child,
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
} from '../api/metacontroller.ts';
import { apiVersion } from '../api/object.ts';
import { fieldPath, type Problem, problem } from '../api/problem.ts';
import { type CompleteSpec, complete } from '../binding/complete.ts';
import type { Subject } from '../binding/resolve.ts';
import type { Rendering } from '../fluentbit/render.ts';
import { observedChildren } from '../kubernetes/children.ts';
import { jsonSize } from '../kubernetes/json-size.ts';
import { fluentBitName } from '../kubernetes/names.ts';
import { byName, configMaps, secrets } from '../kubernetes/related.ts';
import { parse } from '../kubernetes/validate.ts';
import { assemble, sourcesIn } from './assemble.ts';
import type { TlsVerdict } from './client-tls.ts';
import { type CompositeController, type Context, type Eventual, whenThere } from './controller.ts';
import {
  clusterTemplates,
  codeRule,
  type Governing,
  governanceOf,
  governing,
  governingKinds,
  governingRules,
  trustedCode,
} from './governing.ts';
import { fluentBitReports, live, reportsRule, withAddress } from './live.ts';
import { conclude, foreignIn, outcome, type Parent, rules, type Verdict } from './outcome.ts';
import { signedChildren } from './signed-children.ts';
import { type TrialResult, trialOf } from './trial.ts';

const childKinds = [configMaps, secrets];

/** The `metadata.annotations` limit of Kubernetes is 256 KiB, and dynamic apply repeats the whole child in one. */
const maxChildBytes = 200_000;

export const loggingConfiguration: CompositeController = {
  type: 'composite',
  name: 'loggingconfigurations',
  parent: { apiVersion, kind: kind.kind, resource: kind.plural, namespaced: true },
  children: childKinds,
  related: [configMaps, secrets, clusterTemplates, fluentBitReports, ...governingKinds],
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
    codeRule((parent as Parent).spec),
    reportsRule(namespace),
    ...governingRules(namespace),
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

function sync(request: CompositeRequest, context: Context): Eventual<CompositeReply> {
  const parent = request.parent as Parent;
  const evaluation = evaluate(request, parent, context);
  return whenThere(tried(evaluation, parent, context), (trial) => reply(request, evaluation, trial, context));
}

/** What a trial says; nobody is asked about what is not to be written anyway. */
function tried({ verdict, rendering }: Evaluation, parent: Parent, context: Context): Eventual<TrialResult> {
  const recorded = (parent.status as LoggingConfigurationStatus | undefined)?.trial;
  if (verdict.desired === undefined || rendering === undefined || !verdict.enabled || verdict.suspended)
    return { problems: [], record: recorded };
  return trialOf(rendering, recorded, context);
}

function reply(
  request: CompositeRequest,
  evaluation: Evaluation,
  { record, untried, again, ...tried }: TrialResult,
  context: Context,
): CompositeReply {
  const parent = request.parent as Parent;
  const problems = attributed(tried.problems, parent.spec);
  const observed = observedChildren(request.children, childKinds);
  const { tls, rendering } = evaluation;
  const { verdict, trusted } = problems.length === 0 ? evaluation : withheld(evaluation, problems);
  const given = outcome(verdict, parent, observed, foreignIn(request.related, observed, childKinds), context);
  const result = { ...given, children: withAddress(given.children, evaluation.agent) };
  return conclude(parent, context, {
    outcome: result,
    findings: {
      Live: live(request.related, parent.metadata, evaluation.agent, result.children),
      ...(untried === undefined ? {} : { Accepted: untried }),
      ...(tls?.finding === undefined ? {} : { CertificateExpiring: tls.finding }),
    },
    acceptedMessage: 'The configuration is valid.',
    extra: {
      ...(tls?.expiry === undefined ? {} : { certificateExpiry: tls.expiry }),
      ...(record === undefined ? {} : { trial: record }),
      trustedCode: trusted,
      pipelines: verdict.enabled ? (rendering?.pipelines ?? []) : [],
    },
    resyncAfterSeconds: min([tls?.changesIn, again].filter((seconds) => seconds !== undefined)),
  });
}

interface Evaluation {
  /** Who carries the namespace. */
  agent: Governing['agent'];
  verdict: Verdict;
  tls?: TlsVerdict;
  rendering?: Rendering;
  /** Digests of the code that may stay. */
  trusted: string[];
  /** The same while something is wrong: what is in force may need the former witness. */
  trustedSoFar: string[];
}

/** What is good by itself and must not be written all the same. */
function withheld({ verdict, trustedSoFar, ...rest }: Evaluation, problems: readonly Problem[]): Evaluation {
  const all = [...verdict.problems, ...problems];
  return { ...rest, verdict: { ...verdict, problems: all, desired: undefined }, trusted: trustedSoFar, trustedSoFar };
}

function evaluate(request: CompositeRequest, parent: Parent, context: Context): Evaluation {
  const raw = (parent.spec ?? {}) as { enabled?: unknown; suspend?: unknown };
  const switches = { enabled: raw.enabled !== false, suspended: raw.suspend === true };
  const recorded = (parent.status as LoggingConfigurationStatus | undefined)?.trustedCode ?? [];
  const { namespace = '', name, generation = 0 } = parent.metadata;
  const { settings } = context;
  const governor = governing(request.related, namespace, settings);
  const parsed = parse(LoggingConfigurationSpec, parent.spec, 'spec');
  if ('problems' in parsed)
    return {
      agent: governor.agent,
      verdict: { ...switches, problems: parsed.problems, desired: undefined },
      trusted: recorded,
      trustedSoFar: recorded,
    };
  const spec = complete(parsed.value);
  const trusted = trustedCode(request.related, spec.templateRef, recorded, settings);
  const { rendering, tls, problems } = assemble(
    {
      namespace,
      name,
      generation,
      spec,
      sources: sourcesIn(request.related, namespace),
      subject: subjectIn(spec),
      governance: governanceOf(governor, spec, trusted),
    },
    context,
  );
  const desired = signedChildren(parent, rendering, governor, settings);
  problems.push(...desired.filter(tooLarge).map(tooLargeProblem));
  const good = problems.length === 0;
  const verdict = { ...switches, problems: attributed(problems, spec), desired: good ? desired : undefined };
  const code = trusted.record(spec);
  const trustedSoFar = [...new Set([...code, ...recorded])].slice(0, 64);
  return {
    agent: governor.agent,
    verdict,
    tls,
    rendering,
    trusted: good ? code : trustedSoFar,
    trustedSoFar,
  };
}

/** Fields that a template fills; what is wrong in one may have to be mended there. */
const templated = /^spec(\.(filters|outputs|parsers|multilineParsers|input|enrich|buffer)\b|$)/;

/** Problems that say which template their field comes from. */
function attributed(problems: readonly Problem[], spec: unknown): Problem[] {
  // Of a spec that fits no schema nobody comes this far with a problem of its fields.
  if (problems.length === 0) return [];
  const { kind = 'ClusterTemplate', name } =
    (spec as { templateRef?: { kind?: string; name?: string } }).templateRef ?? {};
  if (name === undefined) return [...problems];
  return problems.map((found) =>
    templated.test(found.path)
      ? problem(found.reason, found.path, `${found.message} (Made from ${kind} ${name}.)`, found.hint)
      : found,
  );
}

export function subjectIn(spec: CompleteSpec): (name: string) => Subject {
  return (name) => {
    const variable = spec.variables.findIndex((v) => v.name === name);
    if (variable >= 0) return { called: `variable ${name}`, path: fieldPath(['spec', 'variables', variable]) };
    return { called: `file ${name}`, path: fieldPath(['spec', 'files', spec.files.findIndex((f) => f.name === name)]) };
  };
}

function tooLarge(child: Child): boolean {
  return jsonSize(child) > maxChildBytes;
}

function tooLargeProblem(child: Child) {
  return problem(
    'TooLarge',
    'spec',
    `${child.kind} ${child.metadata.name} would be larger than ${maxChildBytes} bytes.`,
  );
}
