import { LoggingConfigurationSpec, type LoggingConfigurationStatus } from '../../api/kinds/logging-configuration.ts';
import { fieldPath, type Problem, problem } from '../../api/problems/problem.ts';
import type { Child, ObjectMap } from '../../api/wire/metacontroller.ts';
import { type CompleteSpec, complete } from '../../binding/complete.ts';
import type { Subject } from '../../binding/resolve.ts';
import type { TlsCheck } from '../../compile/client-tls.ts';
import { type Prepared, prepare, sourcesIn } from '../../compile/compile.ts';
import { type NamespacePolicy, namespacePolicy, policyInForce, trustedCode } from '../../compile/policy-in-force.ts';
import type { Rendering } from '../../fluentbit/render/render.ts';
import type { Context, HookSettings } from '../../kit/controller.ts';
import type { Parent, PassResult } from '../../kit/plan-children.ts';
import { jsonSize } from '../../kubernetes/json-size.ts';
import { fluentBitName } from '../../kubernetes/names.ts';
import { parse } from '../../kubernetes/parse.ts';
import { groupOf } from '../../kubernetes/related.ts';
import { configMaps, fluentBitReports, secrets } from '../../kubernetes/resources.ts';
import { byContent } from '../../memo/by-content.ts';
import { signedChildren } from './signed-children.ts';

export interface Evaluation {
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

/** All of an evaluation that follows from its inputs alone, whatever the time is. */
type Judgement = { agent: NamespacePolicy['agent'] } & (
  | { refused: readonly Problem[] }
  | { spec: CompleteSpec; prepared: Prepared; desired: readonly Child[]; tooLarge: readonly Problem[]; code: string[] }
);

const compiled = byContent<Judgement>('logging configurations', { size: 8 * 1024 * 1024, entrySize: 1024 * 1024 });

export function evaluate(related: ObjectMap, parent: Parent, context: Context, sources: SourceNames): Evaluation {
  const raw = (parent.spec ?? {}) as { enabled?: unknown; suspend?: unknown };
  const switches = { enabled: raw.enabled !== false, suspended: raw.suspend === true };
  const recorded = (parent.status as LoggingConfigurationStatus | undefined)?.trustedCode ?? [];
  const inputs = inputsOf(related, parent, recorded, context.settings, sources);
  const judgement = compiled(inputs, () => judge(related, parent, recorded, context.settings));
  const { agent } = judgement;
  if ('refused' in judgement)
    return {
      agent,
      verdict: { ...switches, problems: [...judgement.refused], desired: undefined },
      trusted: recorded,
      trustedSoFar: recorded,
    };
  const { spec, prepared, desired, tooLarge, code } = judgement;
  const { rendering, tls, problems: found } = prepared.at(context.now);
  const problems = [...found, ...tooLarge];
  const good = problems.length === 0;
  const trustedSoFar = [...new Set([...code, ...recorded])].slice(0, 64);
  return {
    agent,
    verdict: { ...switches, problems: attributed(problems, spec), desired: good ? [...desired] : undefined },
    tls,
    rendering,
    trusted: good ? [...code] : trustedSoFar,
    trustedSoFar,
  };
}

/** What a judgement looks at, of what stands around: no reports, and no children unless they are named as sources. */
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
  return [namespace, name, uid, generation, spec, recorded, settings, around];
}

function judge(related: ObjectMap, parent: Parent, recorded: readonly string[], settings: HookSettings): Judgement {
  const { namespace = '', name, generation = 0 } = parent.metadata;
  const policy = namespacePolicy(related, namespace, settings);
  const { agent } = policy;
  const parsed = parse(LoggingConfigurationSpec, parent.spec, 'spec');
  if ('problems' in parsed) return { agent, refused: parsed.problems };
  const spec = complete(parsed.value);
  const trusted = trustedCode(related, spec.templateRef, recorded, settings);
  const prepared = prepare(
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
  const desired = signedChildren(parent, prepared.rendering, policy, settings);
  const tooLarge = desired.filter((child) => jsonSize(child) > maxChildBytes).map(tooLargeProblem);
  return { agent, spec, prepared, desired, tooLarge, code: trusted.record(spec) };
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

export function subjectIn(spec: CompleteSpec): (name: string) => Subject {
  return (name) => {
    const variable = spec.variables.findIndex((v) => v.name === name);
    if (variable >= 0) return { called: `variable ${name}`, path: fieldPath(['spec', 'variables', variable]) };
    return { called: `file ${name}`, path: fieldPath(['spec', 'files', spec.files.findIndex((f) => f.name === name)]) };
  };
}

function tooLargeProblem(child: Child) {
  return problem(
    'TooLarge',
    'spec',
    `${child.kind} ${child.metadata.name} would be larger than ${maxChildBytes} bytes.`,
  );
}
