import { maxNameLength } from '../api/kinds/kind.ts';
import type { SecretObject } from '../api/object.ts';
import { type Problem, problem } from '../api/problems/problem.ts';
import type { ObjectMap } from '../api/wire/metacontroller.ts';
import type { CompleteSpec } from '../binding/complete.ts';
import { resolve, type Sources, type Subject } from '../binding/resolve.ts';
import { checkSpec } from '../fluentbit/checked/checked-spec.ts';
import { AgentNames } from '../fluentbit/file/agent-names.ts';
import type { PipelineSpec } from '../fluentbit/file/pipeline-spec.ts';
import { selectsAll } from '../fluentbit/input/log-paths.ts';
import { logSource } from '../fluentbit/input/log-source.ts';
import { inputProblems } from '../fluentbit/policy/input-access.ts';
import { openPolicy, type PolicyInForce } from '../fluentbit/policy/policy-problems.ts';
import { type Origin, type Rendering, render } from '../fluentbit/render/render.ts';
import type { HookSettings } from '../kit/controller.ts';
import { lookup } from '../kubernetes/related.ts';
import { configMaps, secrets } from '../kubernetes/resources.ts';
import { Sealed } from '../kubernetes/sealed.ts';
import type { Value } from '../kubernetes/value.ts';
import { checkTls, type TlsCheck } from './client-tls.ts';

/** A LoggingConfiguration as it is, or as a ServiceBindingConfig would make it. */
export interface CompileInput {
  namespace: string;
  name: string;
  generation: number;
  spec: CompleteSpec;
  sources: Sources;
  subject: (name: string) => Subject;
  /** Names that a template declares and nobody filled; reported already. */
  unresolved?: readonly { name: string; file: boolean }[];
  /** What its tenants may do; without it whatever a policy could allow, for nobody knows which one holds. */
  inForce?: PolicyInForce;
}

export interface Compiled {
  rendering: Rendering;
  /** What is allowed, and most likely not meant. */
  advice: Problem[];
  /** What is wrong at a time, on which only certificates depend. */
  at: (now: Date) => { tls: TlsCheck; problems: Problem[] };
}

/**
 * From a spec, its sources and the policy in force to the rendered file, in three phases: values are resolved, the spec
 * is checked with them, and what was checked is written. Both controllers go this way: a ServiceBindingConfig that could
 * not be rendered keeps its last good LoggingConfiguration, which then goes on to follow the Secret.
 */
export function compile(input: CompileInput, settings: HookSettings): Compiled {
  const { namespace, name, generation, sources, subject, inForce = openIn(settings) } = input;
  const spec = { ...input.spec, input: within(input.spec.input, inForce) };
  const resolved = resolve(spec.variables, spec.files, sources, subject);
  const values = withStandIns(resolved.values, spec, input.unresolved ?? []);
  const template = spec.templateRef === undefined ? undefined : `${spec.templateRef.kind}/${spec.templateRef.name}`;
  const { rendering, problems, advice } = checkAndRender(
    { namespace, name, generation, template },
    spec,
    values,
    inForce,
  );
  const before = [
    ...nameProblems(name),
    ...resolved.problems,
    ...namespaceProblems(input.spec, namespace, inForce),
    ...inputProblems(input.spec.input, namespace, inForce),
  ];
  return {
    rendering,
    advice,
    at: (now) => {
      const tls = checkTls(spec.outputs, resolved.values, subject, now);
      return { tls, problems: [...before, ...tls.problems, ...problems] };
    },
  };
}

/**
 * The second phase and the third: what is wrong with a spec whose values are there, and its file.
 *
 * @param values of all that the spec may refer to; what could not be had has a stand-in, and is not reported once more
 */
export function checkAndRender(
  origin: Origin,
  spec: PipelineSpec,
  values: ReadonlyMap<string, Value>,
  inForce: PolicyInForce | undefined,
): { rendering: Rendering; problems: Problem[]; advice: Problem[] } {
  const names = new AgentNames(origin.namespace, origin.name);
  const source = logSource(spec, origin.namespace, names);
  const checked = checkSpec(spec, values, source, names, inForce);
  const rendering = render(checked, source, names, origin);
  const problems = [...checked.problems, ...rendering.problems, ...checked.itemProblems];
  return { rendering, problems, advice: checked.advice };
}

/** Values that could not be had stand for something, so that what refers to them is not reported once more. */
function withStandIns(
  values: ReadonlyMap<string, Value>,
  spec: CompleteSpec,
  unresolved: NonNullable<CompileInput['unresolved']>,
): Map<string, Value> {
  const all = new Map(values);
  const declared = [
    ...spec.variables.map((v) => ({ name: v.name, file: v.type === 'file' })),
    ...spec.files.map((f) => ({ name: f.name, file: true })),
    ...unresolved,
  ];
  for (const { name, file } of declared)
    if (!all.has(name)) all.set(name, { name, file, content: Sealed.fromText('-'), standIn: true });
  return all;
}

/** Names that leave no room for what is called after them. */
export function nameProblems(name: string): Problem[] {
  return name.length <= maxNameLength
    ? []
    : [problem('InvalidName', 'metadata.name', `The name has ${name.length} characters, more than ${maxNameLength}.`)];
}

function openIn(settings: HookSettings): PolicyInForce {
  return {
    ...openPolicy,
    policy: { ...openPolicy.policy, controlNamespaces: [...settings.controlNamespaces] },
  };
}

/** All namespaces are those that the agent reads at all: its own logs would go round for ever. */
function within(input: CompleteSpec['input'], { excludeNamespaces }: PolicyInForce): CompleteSpec['input'] {
  if ('from' in input) return input;
  const { namespaces } = input;
  if (!selectsAll(namespaces)) return input;
  const exclude = [
    ...new Set([...namespaces.exclude, ...excludeNamespaces.filter((one) => !namespaces.include.includes(one))]),
  ];
  return { ...input, namespaces: { ...namespaces, exclude } };
}

function namespaceProblems(spec: CompleteSpec, namespace: string, { policy, called }: PolicyInForce): Problem[] {
  if ('from' in spec.input) return [];
  const { namespaces } = spec.input;
  const asked = selectsAll(namespaces) || namespaces.include.some((other) => other !== namespace);
  const message = `Namespace ${namespace} may select its own logs only: it is no control namespace in ${called}.`;
  return !asked || policy.controlNamespaces.includes(namespace)
    ? []
    : [problem('NamespaceNotAllowed', 'spec.input.namespaces', message)];
}

/** Sources from the related objects of a request; `asked` says which of them the rules named at all. */
export function sourcesIn(
  related: ObjectMap,
  namespace: string,
  asked?: { secrets: ReadonlySet<string>; configMaps: ReadonlySet<string> },
): Sources {
  return {
    namespace,
    secret: (name) =>
      asked === undefined || asked.secrets.has(name)
        ? (lookup(related, secrets, namespace, name) as SecretObject | undefined)
        : 'unasked',
    configMap: (name) =>
      asked === undefined || asked.configMaps.has(name) ? lookup(related, configMaps, namespace, name) : 'unasked',
  };
}
