import { FluentBitAgentSpec, fluentBitAgent } from '../api/kinds/fluent-bit-agent.ts';
import type { Kind } from '../api/kinds/kind.ts';
import { LoggingConfigurationSpec, loggingConfiguration } from '../api/kinds/logging-configuration.ts';
import { ServiceBindingConfigSpec, serviceBindingConfig } from '../api/kinds/service-binding-config.ts';
import { clusterTemplate, TemplateSpec, template } from '../api/kinds/template.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { Problem } from '../api/problems/problem.ts';
import { references } from '../api/references.ts';
import { textsOf } from '../binding/bind.ts';
import { complete } from '../binding/complete.ts';
import type { Sources } from '../binding/resolve.ts';
import { checkTemplate } from '../compile/check-template.ts';
import { compile, nameProblems } from '../compile/compile.ts';
import { examineOperator } from '../compile/operator-spec.ts';
import { subjectIn } from '../compile/subject.ts';
import { policyFaults } from '../fluentbit/policy/policy-faults.ts';
import { openPolicy, type PolicyInForce } from '../fluentbit/policy/policy-problems.ts';
import type { Context } from '../kit/controller.ts';
import { parse } from '../kubernetes/parse.ts';
import { advice } from './advice.ts';

export interface Examined {
  /** What the hooks would say, as far as the object alone tells. */
  problems: Problem[];
  /** What they would take, and is most likely not meant. */
  advice: Problem[];
}

type Examine = (object: KubernetesObject, context: Context) => Examined;

const none: Examined = { problems: [], advice: [] };

/** The kinds that are looked at, each with how; what is of no kind here is nobody's business. */
const byKind = new Map<string, Examine>([
  [serviceBindingConfig.kind, examineBinding],
  [loggingConfiguration.kind, examineConfiguration],
  [template.kind, examineTemplate],
  [clusterTemplate.kind, examineTemplate],
  [fluentBitAgent.kind, examineAgent],
]);

export function isExamined({ kind }: Pick<Kind, 'kind'>): boolean {
  return byKind.has(kind);
}

/**
 * Everything that can be said of one object by itself: by its schema, and by the checks of the hooks with something in
 * the place of every value that is not in it. Admission and the command line tell the same, because both ask here.
 */
export function examine(object: KubernetesObject, context: Context): Examined {
  return byKind.get(object.kind)?.(object, context) ?? none;
}

function examineTemplate(object: KubernetesObject): Examined {
  const parsed = parse(TemplateSpec, object['spec'], 'spec');
  if ('problems' in parsed) return { ...none, problems: parsed.problems };
  const { problems, advice: found } = checkTemplate(object, parsed.value);
  return { problems, advice: advice(object, parsed.value, found) };
}

function examineConfiguration(object: KubernetesObject, context: Context): Examined {
  const parsed = parse(LoggingConfigurationSpec, object['spec'], 'spec');
  if ('problems' in parsed) return { ...none, problems: parsed.problems };
  const spec = complete(parsed.value);
  const compiled = compile({ ...identity(object, context), spec, subject: subjectIn(spec) }, context.settings);
  const { problems } = compiled.at(context.now);
  return { problems, advice: advice(object, parsed.value, compiled.advice) };
}

function examineAgent(object: KubernetesObject): Examined {
  const parsed = parse(FluentBitAgentSpec, object['spec'], 'spec');
  if ('problems' in parsed) return { ...none, problems: parsed.problems };
  const { name } = object.metadata;
  const operator = examineOperator(name, parsed.value);
  const problems = [...nameProblems(name), ...policyFaults(parsed.value), ...operator.problems];
  return { problems, advice: advice(object, { outputs: parsed.value.outputs }, operator.advice) };
}

/**
 * Of a ServiceBindingConfig without its template the own filters and the selection. What the filters refer to may be
 * a placeholder of the template, and their parsers may be declared there.
 */
function examineBinding(object: KubernetesObject, context: Context): Examined {
  const parsed = parse(ServiceBindingConfigSpec, object['spec'], 'spec');
  if ('problems' in parsed) return { ...none, problems: parsed.problems };
  const { filters = [], input } = parsed.value;
  const names = new Set(
    filters
      .flatMap(textsOf)
      .flatMap(references)
      .map(({ reference }) => reference),
  );
  const compiled = compile(
    {
      ...identity(object, context),
      spec: complete({ filters, outputs: [{ plugin: 'null' }], ...(input === undefined ? {} : { input }) }),
      subject: (name) => ({ called: `value ${name}`, path: 'spec.values' }),
      unresolved: [...names].map((name) => ({ name, file: false })),
    },
    context.settings,
  );
  const { problems } = compiled.at(context.now);
  return {
    problems: problems.filter(({ reason }) => reason !== 'UnknownParser'),
    advice: advice(object, {}, compiled.advice),
  };
}

const unseen: Sources = { namespace: '', secret: () => 'unasked', configMap: () => 'unasked' };

/** Who it is, with nothing else in sight: no Secret, no ConfigMap, and of all policies what any of them could allow. */
function identity({ metadata }: KubernetesObject, { settings }: Context) {
  const { namespace = 'default', name } = metadata;
  const policy = { ...openPolicy.policy, controlNamespaces: [...settings.controlNamespaces] };
  const inForce: PolicyInForce = { ...openPolicy, policy, called: 'the default policy' };
  return { namespace, name, generation: 1, sources: unseen, inForce };
}
