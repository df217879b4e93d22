import { kinds } from '../api/kinds.ts';
import type { KubernetesObject } from '../api/object.ts';
import { apiVersion } from '../api/object.ts';
import { type Problem, problem } from '../api/problem.ts';
import { TemplateSpec } from '../api/template.ts';
import { checkTemplate } from '../controllers/check-template.ts';
import type { MemoryStore } from '../engine/memory-store.ts';
import { parse } from '../kubernetes/validate.ts';
import type { Manifest } from './manifests.ts';

/** A problem with the object that it is about. */
export interface Found {
  object: KubernetesObject;
  problem: Problem;
}

/**
 * Everything that is wrong with the objects given: what their schemas refuse, what templates contradict even before
 * anybody binds them, and what the hooks said when they ran.
 */
export function findProblems(manifests: readonly Manifest[], store: MemoryStore): Found[] {
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
    found.push(...staticProblems(object).map((p) => ({ object, problem: p })));
  }
  for (const object of store.all()) {
    const mine = manifests.find(
      (m) =>
        m.object.kind === object.kind &&
        m.object.metadata.name === object.metadata.name &&
        (m.object.metadata.namespace ?? '') === (object.metadata.namespace ?? ''),
    );
    // Children of a ServiceBindingConfig have no file; what is wrong with them it says itself.
    if (mine === undefined) continue;
    for (const p of statusProblems(object)) found.push({ object: mine.object, problem: p });
  }
  return unique(found);
}

function staticProblems(object: KubernetesObject): Problem[] {
  if (object.apiVersion.split('/')[0] !== apiVersion.split('/')[0]) return [];
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
  return kind.spec === TemplateSpec ? checkTemplate(object, parsed.value as TemplateSpec) : [];
}

function statusProblems(object: KubernetesObject): Problem[] {
  return ((object['status'] as { problems?: Problem[] } | undefined)?.problems ?? []) as Problem[];
}

function unique(found: readonly Found[]): Found[] {
  return [
    ...new Map(
      found.map((f) => [
        JSON.stringify([f.object.kind, f.object.metadata.namespace, f.object.metadata.name, f.problem]),
        f,
      ]),
    ).values(),
  ];
}
