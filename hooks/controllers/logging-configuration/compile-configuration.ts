import { LoggingConfigurationSpec, type LoggingConfigurationStatus } from '../../api/kinds/logging-configuration.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import type { Child, ObjectMap } from '../../api/wire/metacontroller.ts';
import { type CompleteSpec, complete } from '../../binding/complete.ts';
import type { TlsCheck } from '../../compile/client-tls.ts';
import { type Compiled, compile, sourcesIn } from '../../compile/compile.ts';
import { type NamespacePolicy, namespacePolicy, policyInForce, trustedCode } from '../../compile/policy-in-force.ts';
import { subjectIn } from '../../compile/subject.ts';
import type { Rendering } from '../../fluentbit/render/render.ts';
import type { Context, HookSettings } from '../../kit/controller.ts';
import type { Parent, PassResult } from '../../kit/plan-children.ts';
import { type DesiredChild, desiredChild } from '../../kubernetes/children.ts';
import { jsonSize } from '../../kubernetes/json-size.ts';
import { fluentBitName } from '../../kubernetes/names.ts';
import { parse } from '../../kubernetes/parse.ts';
import { groupOf } from '../../kubernetes/related.ts';
import { configMaps, fluentBitReports, secrets } from '../../kubernetes/resources.ts';
import { byContent } from '../../memo/by-content.ts';
import { signedChildren } from './signed-children.ts';

export interface CompiledConfiguration {
  /** Who carries the namespace. */
  agent: NamespacePolicy['agent'];
  verdict: PassResult;
  tls?: TlsCheck;
  rendering?: Rendering;
  /** Digests of the code that may stay. */
  trusted: string[];
  /** The same while something is wrong: what is in force may need the former witness. */
  trustedSoFar: string[];
}

/** Objects that a spec takes values from. */
export interface SourceNames {
  secrets: string[];
  configMaps: string[];
}

/** The `metadata.annotations` limit of Kubernetes is 256 KiB, and dynamic apply repeats the whole child in one. */
const maxChildBytes = 200_000;

/** All that follows from the inputs alone, whatever the time is. */
type Timeless = { agent: NamespacePolicy['agent'] } & (
  | { refused: readonly Problem[] }
  | {
      spec: CompleteSpec;
      compiled: Compiled;
      desired: readonly DesiredChild[];
      tooLarge: readonly Problem[];
      code: string[];
    }
);

/**
 * Without it one change takes 1.12 and onboarding 1.18 times the CPU (`npm run bench -- memory`).
 */
const remembered = byContent<Timeless>('logging configurations', { size: 8 * 1024 * 1024, entrySize: 1024 * 1024 });

export function compileConfiguration(
  related: ObjectMap,
  parent: Parent,
  context: Context,
  sources: SourceNames,
): CompiledConfiguration {
  const raw = (parent.spec ?? {}) as { enabled?: unknown; suspend?: unknown };
  const switches = { enabled: raw.enabled !== false, suspended: raw.suspend === true };
  const recorded = (parent.status as LoggingConfigurationStatus | undefined)?.trustedCode ?? [];
  const inputs = inputsOf(related, parent, recorded, context.settings, sources);
  const timeless = remembered(inputs, () => compileTimeless(related, parent, recorded, context.settings));
  const { agent } = timeless;
  if ('refused' in timeless)
    return {
      agent,
      verdict: { ...switches, problems: [...timeless.refused], desired: undefined },
      trusted: recorded,
      trustedSoFar: recorded,
    };
  const { spec, compiled, desired, tooLarge, code } = timeless;
  const { tls, problems: found } = compiled.at(context.now);
  const problems = [...found, ...tooLarge];
  const good = problems.length === 0;
  const trustedSoFar = [...new Set([...code, ...recorded])].slice(0, 64);
  return {
    agent,
    verdict: { ...switches, problems: attributed(problems, spec), desired: good ? [...desired] : undefined },
    tls,
    rendering: compiled.rendering,
    trusted: good ? [...code] : trustedSoFar,
    trustedSoFar,
  };
}

/** What compiling looks at, of what stands around: no reports, and no children unless they are named as sources. */
function inputsOf(
  related: ObjectMap,
  { metadata: { namespace = '', name, uid, generation }, spec }: Parent,
  recorded: readonly string[],
  settings: HookSettings,
  sources: SourceNames,
): unknown {
  const child = fluentBitName(name);
  const own = [
    ...(sources.configMaps.includes(child) ? [] : [configMaps]),
    ...(sources.secrets.includes(child) ? [] : [secrets]),
  ].map(groupOf);
  const around = Object.entries(related)
    .filter(([group]) => group !== groupOf(fluentBitReports))
    .map(([group, { ...objects }]) => {
      if (own.includes(group)) delete objects[`${namespace}/${child}`];
      return [group, objects];
    });
  return { namespace, name, uid, generation, spec, recorded, settings, around };
}

function compileTimeless(
  related: ObjectMap,
  parent: Parent,
  recorded: readonly string[],
  settings: HookSettings,
): Timeless {
  const { namespace = '', name, generation = 0 } = parent.metadata;
  const policy = namespacePolicy(related, namespace, settings);
  const { agent } = policy;
  const parsed = parse(LoggingConfigurationSpec, parent.spec, 'spec');
  if ('problems' in parsed) return { agent, refused: parsed.problems };
  const spec = complete(parsed.value);
  const trusted = trustedCode(related, spec.templateRef, recorded, settings);
  const compiled = compile(
    {
      namespace,
      name,
      generation,
      spec,
      sources: sourcesIn(related, namespace),
      subject: subjectIn(spec),
      inForce: policyInForce(policy, spec, trusted),
    },
    settings,
  );
  const children = signedChildren(parent, compiled.rendering, policy, settings);
  const tooLarge = children.filter((child) => jsonSize(child) > maxChildBytes).map(tooLargeProblem);
  const desired = children.map((one) => desiredChild(one, settings.digestKeys[0]));
  return { agent, spec, compiled, desired, tooLarge, code: trusted.record(spec) };
}

/** Fields that a template fills; what is wrong in one may have to be mended there. */
const templated = /^spec(\.(filters|outputs|parsers|multilineParsers|input|enrich|buffer)\b|$)/;

/** Problems that say which template their field comes from. */
export function attributed(problems: readonly Problem[], spec: unknown): Problem[] {
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

function tooLargeProblem(child: Child) {
  return problem(
    'TooLarge',
    'spec',
    `${child.kind} ${child.metadata.name} would be larger than ${maxChildBytes} bytes.`,
  );
}
