import { uniqBy } from 'lodash-es';
import { examine } from '../../admission/examine.ts';
import { kinds } from '../../api/kinds/index.ts';
import { apiVersion, group, type KubernetesObject } from '../../api/object.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import type { MemoryStore } from '../../engine/stores/memory-store.ts';
import type { Context } from '../../kit/controller.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import { parse } from '../../kubernetes/parse.ts';
import type { Manifest } from '../input/manifests.ts';

/** A problem with the object that it is about. */
export interface Found {
  object: KubernetesObject;
  problem: Problem;
}

/**
 * Everything that is wrong with the objects given: what admission would say of each by itself, and what the hooks said
 * when they ran on all of them.
 */
export function findProblems(manifests: readonly Manifest[], store: MemoryStore, context: Context): Found[] {
  const said = hookProblems(manifests, store);
  const known = new Set(said.map(field));
  const found: Found[] = [];
  const seen = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { object } = manifest;
    const id = `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const twin = seen.get(id);
    if (twin !== undefined)
      found.push({
        object,
        problem: problem('DuplicateName', 'metadata.name', `The same object stands in ${twin.file.name}.`),
      });
    seen.set(id, manifest);
    const alone = staticProblems(object, context).map((p) => ({ object, problem: p }));
    // The hooks know the values, too: of the same fault they say more.
    found.push(...alone.filter((one) => !known.has(field(one))));
  }
  return unique([...found, ...said]);
}

function hookProblems(manifests: readonly Manifest[], store: MemoryStore): Found[] {
  return [...store.all()].flatMap((object) => {
    const mine = manifests.find(
      (m) =>
        m.object.kind === object.kind &&
        m.object.metadata.name === object.metadata.name &&
        (m.object.metadata.namespace ?? '') === (object.metadata.namespace ?? ''),
    );
    // Children of a ServiceBindingConfig have no file; what is wrong with them it says itself.
    return mine === undefined ? [] : statusProblems(object).map((p) => ({ object: mine.object, problem: p }));
  });
}

function staticProblems(object: KubernetesObject, context: Context): Problem[] {
  if (object.apiVersion.split('/')[0] !== group) return foreignProblems(object);
  const kind = kinds.find((k) => k.kind === object.kind);
  if (kind === undefined || object.apiVersion !== apiVersion) {
    return [
      problem(
        'InvalidSpec',
        'kind',
        `There is no kind ${object.kind} in ${object.apiVersion}.`,
        `Kinds of ${apiVersion}: ${kinds.map((k) => k.kind).join(', ')}.`,
      ),
    ];
  }
  const parsed = parse(kind.spec, object['spec'], 'spec');
  if ('problems' in parsed) return parsed.problems;
  const { problems, advice } = examine(object, context);
  return [...problems, ...advice];
}

/** Objects of others are their business, unless ours are meant. */
function foreignProblems({ apiVersion: given, kind }: KubernetesObject): Problem[] {
  const [found = '', version] = given.split('/');
  const meant = version === undefined ? kind !== 'Template' : didYouMean(found, [group]) !== '';
  return meant && kinds.some((known) => known.kind === kind)
    ? [problem('InvalidSpec', 'apiVersion', `There is no kind ${kind} in ${given}.`, `Write ${apiVersion}.`)]
    : [];
}

function statusProblems(object: KubernetesObject): Problem[] {
  return ((object['status'] as { problems?: Problem[] } | undefined)?.problems ?? []) as Problem[];
}

function unique(found: readonly Found[]): Found[] {
  return uniqBy(found, (one) => JSON.stringify([identity(one), one.problem]));
}

function identity({ object: { kind, metadata } }: Found): string {
  return JSON.stringify([kind, metadata.namespace, metadata.name]);
}

function field(found: Found): string {
  return JSON.stringify([identity(found), found.problem.reason, found.problem.path]);
}
