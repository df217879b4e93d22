import { omit } from 'lodash-es';
import { loggingConfiguration } from '../../api/kinds/logging-configuration.ts';
import { ServiceBindingConfigSpec } from '../../api/kinds/service-binding-config.ts';
import { apiVersion } from '../../api/object.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import type {
  Child,
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
  ObjectMap,
} from '../../api/wire/metacontroller.ts';
import { bind, type FoundTemplate } from '../../binding/bind.ts';
import { type CompleteSpec, complete } from '../../binding/complete.ts';
import type { TlsCheck } from '../../compile/client-tls.ts';
import { type Compiled, compile, sourcesIn } from '../../compile/compile.ts';
import {
  namespacePolicy,
  policyInForce,
  policyKinds,
  policyRules,
  trustedCode,
} from '../../compile/policy-in-force.ts';
import type { CompositeController, Context, HookSettings } from '../../kit/controller.ts';
import {
  foreignIn,
  type Parent,
  type PassResult,
  type PlannedChildren,
  planChildren,
  rules,
  statusReply,
} from '../../kit/plan-children.ts';
import { type DesiredChild, desiredChild, observedChildren } from '../../kubernetes/children.ts';
import { conditionsIn } from '../../kubernetes/conditions.ts';
import { digest } from '../../kubernetes/digest.ts';
import { annotations, labels } from '../../kubernetes/names.ts';
import { parse } from '../../kubernetes/parse.ts';
import { byName, groupOf, lookup } from '../../kubernetes/related.ts';
import {
  clusterTemplates,
  configMaps,
  loggingConfigurations,
  secrets,
  serviceBindingConfigs,
  serviceBindings,
  templates,
} from '../../kubernetes/resources.ts';
import { byContent } from '../../memo/by-content.ts';
import { findCredentials, findTemplate } from './bound-objects.ts';
import { childStatus } from './child-status.ts';

const childKinds = [loggingConfigurations];

export const serviceBindingConfig: CompositeController = {
  type: 'composite',
  name: 'servicebindingconfigs',
  parent: { ...serviceBindingConfigs, namespaced: true },
  children: childKinds,
  related: [
    loggingConfigurations,
    secrets,
    configMaps,
    templates,
    clusterTemplates,
    ...policyKinds,
    { ...serviceBindings, btp: true },
  ],
  customize,
  sync,
};

interface LooseSpec {
  templateRef?: { kind?: unknown; name?: unknown };
  secretRef?: { name?: unknown };
  serviceBindingRef?: { name?: unknown };
  values?: unknown;
  enabled?: unknown;
  suspend?: unknown;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** From the spec only, each with its namespace; BTP's kinds only where they are there, for an unknown kind fails every pass. */
function customize({ parent }: CustomizeRequest, { settings }: Context): CustomizeReply {
  const { namespace, name } = parent.metadata;
  const spec = ((parent as Parent).spec ?? {}) as LooseSpec;
  const sources = (Array.isArray(spec.values) ? spec.values : []).map(
    (v) => (v as { valueFrom?: Record<string, { name?: unknown } | undefined> } | null)?.valueFrom,
  );
  const own = spec.templateRef?.kind === templates.kind;
  return rules(
    byName(loggingConfigurations, namespace, [name]),
    byName(secrets, namespace, [text(spec.secretRef?.name), ...sources.map((s) => text(s?.['secretKeyRef']?.name))]),
    byName(
      configMaps,
      namespace,
      sources.map((s) => text(s?.['configMapKeyRef']?.name)),
    ),
    own
      ? byName(templates, namespace, [text(spec.templateRef?.name)])
      : byName(clusterTemplates, undefined, [text(spec.templateRef?.name)]),
    settings.btpEnabled ? byName(serviceBindings, namespace, [text(spec.serviceBindingRef?.name)]) : undefined,
    ...policyRules(namespace),
  );
}

function sync(request: CompositeRequest, context: Context): CompositeReply {
  const parent = request.parent as Parent;
  const observed = observedChildren(request.children, childKinds);
  const { verdict, tls } = compileBinding(request, parent, context);
  const result = withSwitches(
    planChildren(
      { ...verdict, enabled: true },
      parent,
      observed,
      foreignIn(request.related, observed, childKinds),
      context,
    ),
    verdict,
  );
  const mirrored = childStatus(result, observed, verdict);
  const binding = serviceBindingState(request, parent, context);
  return statusReply(parent, context, {
    outcome: result,
    findings: {
      ...mirrored,
      ...(tls?.finding === undefined ? {} : { CertificateExpiring: tls.finding }),
    },
    acceptedMessage: 'Template, values and Secret fit together.',
    extra: {
      ...(tls?.expiry === undefined ? {} : { certificateExpiry: tls.expiry }),
      ...(binding === undefined ? {} : { serviceBinding: binding }),
    },
    resyncAfterSeconds: tls?.changesIn,
  });
}

/** All that follows from spec and sources alone, whatever the time is. */
interface Timeless {
  problems: readonly Problem[];
  bound?: {
    spec: ServiceBindingConfigSpec;
    template: FoundTemplate;
    compiled: Compiled;
    desired: readonly DesiredChild[];
  };
}

/**
 * A pass follows whatever its child reports, and has to find out the same once more. Without it one change takes 1.20
 * and onboarding 0.97 times the CPU (`npm run bench -- memory`).
 */
const remembered = byContent<Timeless>('service binding configs', { size: 8 * 1024 * 1024, entrySize: 1024 * 1024 });

function compileBinding(
  { related }: CompositeRequest,
  parent: Parent,
  context: Context,
): { verdict: PassResult; tls?: TlsCheck } {
  const raw = (parent.spec ?? {}) as LooseSpec;
  const switches = { enabled: raw.enabled !== false, suspended: raw.suspend === true };
  const { namespace = '', name } = parent.metadata;
  const { settings } = context;
  const around = omit(related, [groupOf(loggingConfigurations)]);
  const { problems: before, bound } = remembered({ namespace, name, spec: parent.spec, settings, around }, () =>
    compileTimeless(related, parent, settings),
  );
  if (bound === undefined) return { verdict: { ...switches, problems: [...before], desired: undefined } };
  const { spec, template, compiled, desired } = bound;
  const { tls, problems: found } = compiled.at(context.now);
  const problems = [...before, ...found.map((one) => attributed(one, spec, template))];
  return { verdict: { ...switches, problems, desired: problems.length === 0 ? [...desired] : undefined }, tls };
}

function compileTimeless(related: ObjectMap, parent: Parent, settings: HookSettings): Timeless {
  const parsed = parse(ServiceBindingConfigSpec, parent.spec, 'spec');
  if ('problems' in parsed) return { problems: parsed.problems };
  const spec = parsed.value;
  const { namespace = '', name } = parent.metadata;
  const template = findTemplate(related, spec, namespace);
  const credentials = findCredentials(related, spec, namespace);
  const missing = [template, credentials].flatMap((found) =>
    found !== undefined && 'problems' in found ? found.problems : [],
  );
  if ('problems' in template || (credentials !== undefined && 'problems' in credentials)) return { problems: missing };
  const binding = bind(spec, template, credentials);
  const bound = complete(binding.spec);
  const values = spec.values ?? [];
  const asked = {
    secrets: new Set(
      [spec.secretRef?.name, ...values.map((v) => v.valueFrom?.secretKeyRef?.name)].filter((n) => n !== undefined),
    ),
    configMaps: new Set(values.map((v) => v.valueFrom?.configMapKeyRef?.name).filter((n) => n !== undefined)),
  };
  const trusted = trustedCode(related, bound.templateRef, [], settings);
  const compiled = compile(
    {
      namespace,
      name,
      generation: 1,
      spec: bound,
      sources: sourcesIn(related, namespace, asked),
      subject: binding.subject,
      unresolved: binding.unresolved,
      inForce: policyInForce(namespacePolicy(related, namespace, settings), bound, trusted),
    },
    settings,
  );
  const desired = [desiredChild(child(namespace, name, bound, settings), settings.digestKeys[0])];
  return { problems: binding.problems, bound: { spec, template, compiled, desired } };
}

/** A problem of the LoggingConfiguration as one of the ServiceBindingConfig: at its own field, or in the template. */
function attributed(found: Problem, config: ServiceBindingConfigSpec, template: FoundTemplate): Problem {
  const own = template.spec.filters?.length ?? 0;
  const filter = /^spec\.filters\[(\d+)\](.*)$/.exec(found.path);
  if (filter !== null && Number(filter[1]) >= own)
    return { ...found, path: `spec.filters[${Number(filter[1]) - own}]${filter[2]}` };
  const inputField = /^spec\.input(?:\.(\w+))?/.exec(found.path);
  if (
    inputField !== null &&
    config.input !== undefined &&
    (inputField[1] === undefined || inputField[1] in config.input)
  )
    return found;
  const foreign = /^spec\.(filters|outputs|parsers|multilineParsers|input|enrich|buffer)\b/.test(found.path);
  return foreign
    ? problem(
        found.reason,
        'spec.templateRef',
        `${template.kind} ${template.name}, ${found.path}: ${found.message}`,
        found.hint,
      )
    : found;
}

function child(namespace: string, name: string, spec: CompleteSpec, settings: HookSettings): Child {
  return {
    apiVersion,
    kind: loggingConfiguration.kind,
    metadata: {
      name,
      namespace,
      labels: { [labels.managedBy]: 'fluentbind' },
      annotations: { [annotations.revision]: digest(settings.digestKeys[0], spec) },
    },
    spec,
  };
}

/**
 * The switches go on to the child whatever else is wrong: shipping must stop when it is switched off, and a frozen
 * child must not follow the Secret.
 */
function withSwitches(result: PlannedChildren, { enabled, suspended }: PassResult): PlannedChildren {
  const children = result.children.map((one) => {
    const spec = one['spec'] as Record<string, unknown> | undefined;
    return spec === undefined ? one : { ...one, spec: { ...spec, enabled, suspend: suspended } };
  });
  return { ...result, children };
}

/** For information only: a ServiceBinding that rotates is not ready for a while, and its Secret is good all the same. */
function serviceBindingState(request: CompositeRequest, parent: Parent, { settings }: Context): string | undefined {
  const name = text(((parent.spec ?? {}) as LooseSpec).serviceBindingRef?.name);
  if (name === undefined || !settings.btpEnabled) return undefined;
  const object = lookup(request.related, serviceBindings, parent.metadata.namespace, name);
  if (object === undefined) return `ServiceBinding ${name} does not exist`;
  const ready = conditionsIn(object['status']).find((condition) => condition.type === 'Ready');
  return ready === undefined
    ? `ServiceBinding ${name} has no status yet`
    : `ServiceBinding ${name}: Ready=${ready.status} (${ready.reason})`.slice(0, 1024);
}
