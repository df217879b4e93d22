import { min } from 'lodash-es';
import type { LoggingConfigurationStatus } from '../../api/kinds/logging-configuration.ts';
import type { Problem } from '../../api/problems/problem.ts';
import type {
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
} from '../../api/wire/metacontroller.ts';
import { codeRule, policyKinds, policyRules } from '../../compile/policy-in-force.ts';
import { type CompositeController, type Context, type Eventual, whenThere } from '../../kit/controller.ts';
import { foreignIn, type Parent, planChildren, rules, statusReply } from '../../kit/plan-children.ts';
import { observedChildren } from '../../kubernetes/children.ts';
import { fluentBitName } from '../../kubernetes/names.ts';
import { byName } from '../../kubernetes/related.ts';
import {
  clusterTemplates,
  configMaps,
  fluentBitReports,
  loggingConfigurations,
  secrets,
} from '../../kubernetes/resources.ts';
import {
  attributed,
  type CompiledConfiguration,
  compileConfiguration,
  type SourceNames,
} from './compile-configuration.ts';
import { liveCondition, reportsRule, withAddress } from './live-condition.ts';
import { type TrialResult, trialOf } from './trial-request.ts';

const childKinds = [configMaps, secrets];

export const loggingConfiguration: CompositeController = {
  type: 'composite',
  name: 'loggingconfigurations',
  parent: { ...loggingConfigurations, namespaced: true },
  children: childKinds,
  related: [configMaps, secrets, clusterTemplates, fluentBitReports, ...policyKinds],
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
    ...policyRules(namespace),
  );
}

/** Names in a spec that may not even fit its schema. */
function sourceNames(spec: unknown): SourceNames {
  const found: SourceNames = { secrets: [], configMaps: [] };
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
  const compiled = compileConfiguration(request.related, parent, context, sourceNames(parent.spec));
  return whenThere(tried(compiled, parent, context), (trial) => reply(request, compiled, trial, context));
}

/** What a trial says; nobody is asked about what is not to be written anyway. */
function tried({ verdict, rendering }: CompiledConfiguration, parent: Parent, context: Context): Eventual<TrialResult> {
  const recorded = (parent.status as LoggingConfigurationStatus | undefined)?.trial;
  if (verdict.desired === undefined || rendering === undefined || !verdict.enabled || verdict.suspended)
    return { problems: [], record: recorded };
  return trialOf(rendering, recorded, context);
}

function reply(
  request: CompositeRequest,
  compiled: CompiledConfiguration,
  { record, untried, again, ...tried }: TrialResult,
  context: Context,
): CompositeReply {
  const parent = request.parent as Parent;
  const problems = attributed(tried.problems, parent.spec);
  const observed = observedChildren(request.children, childKinds);
  const { tls, rendering } = compiled;
  const { verdict, trusted } = problems.length === 0 ? compiled : withheld(compiled, problems);
  const given = planChildren(verdict, parent, observed, foreignIn(request.related, observed, childKinds), context);
  const result = { ...given, children: withAddress(given.children, compiled.agent) };
  return statusReply(parent, context, {
    outcome: result,
    findings: {
      Live: liveCondition(request.related, parent.metadata, compiled.agent, result.children),
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

/** What is good by itself and must not be written all the same. */
function withheld(
  { verdict, trustedSoFar, ...rest }: CompiledConfiguration,
  problems: readonly Problem[],
): CompiledConfiguration {
  const all = [...verdict.problems, ...problems];
  return { ...rest, verdict: { ...verdict, problems: all, desired: undefined }, trusted: trustedSoFar, trustedSoFar };
}
