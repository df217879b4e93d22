import { maxNameLength } from '../api/kinds/kind.ts';
import type { SecretObject } from '../api/object.ts';
import { type Problem, problem } from '../api/problems/problem.ts';
import type { ObjectMap } from '../api/wire/metacontroller.ts';
import type { CompleteSpec } from '../binding/complete.ts';
import { resolve, type Sources, type Subject } from '../binding/resolve.ts';
import { selectsAll } from '../fluentbit/input/log-paths.ts';
import { inputProblems } from '../fluentbit/policy/input-access.ts';
import { openPolicy, type PolicyInForce } from '../fluentbit/policy/policy-problems.ts';
import { type Rendering, render } from '../fluentbit/render/render.ts';
import type { Context, HookSettings } from '../kit/controller.ts';
import { lookup } from '../kubernetes/related.ts';
import { configMaps, secrets } from '../kubernetes/resources.ts';
import { Sealed } from '../kubernetes/sealed.ts';
import type { Value } from '../kubernetes/value.ts';
import { checkTls, type TlsCheck } from './client-tls.ts';

/** A LoggingConfiguration as it is, or as a ServiceBindingConfig would make it. */
export interface Assembly {
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

export interface Assembled {
  rendering: Rendering;
  tls: TlsCheck;
  problems: Problem[];
}

/** The same but for the time, which only certificates depend on. */
export interface Prepared {
  rendering: Rendering;
  at: (now: Date) => Assembled;
}

/**
 * From spec and sources to the rendered file, with everything that is wrong on the way. Both controllers go this
 * way: a ServiceBindingConfig that could not be rendered keeps its last good LoggingConfiguration, which then goes
 * on to follow the Secret.
 */
export function assemble(assembly: Assembly, { settings, now }: Context): Assembled {
  return prepare(assembly, settings).at(now);
}

export function prepare(
  { namespace, name, generation, spec, sources, subject, unresolved = [], inForce: given }: Assembly,
  settings: HookSettings,
): Prepared {
  const inForce = given ?? openIn(settings);
  const { values, problems } = resolve(spec.variables, spec.files, sources, subject);
  const rendering = render({
    namespace,
    name,
    generation,
    ...(spec.templateRef === undefined ? {} : { template: `${spec.templateRef.kind}/${spec.templateRef.name}` }),
    spec: { ...spec, input: within(spec.input, inForce) },
    values: withStandIns(values, spec, unresolved),
    inForce,
  });
  const before = [
    ...nameProblems(name),
    ...problems,
    ...namespaceProblems(spec, namespace, inForce),
    ...inputProblems(spec.input, namespace, inForce),
  ];
  return {
    rendering,
    at: (now) => {
      const tls = checkTls(spec.outputs, values, subject, now);
      return { rendering, tls, problems: [...before, ...tls.problems, ...rendering.problems] };
    },
  };
}

/** Values that could not be had stand for something, so that what refers to them is not reported once more. */
function withStandIns(
  values: ReadonlyMap<string, Value>,
  spec: CompleteSpec,
  unresolved: NonNullable<Assembly['unresolved']>,
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
