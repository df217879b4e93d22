import { fieldPath, type Problem, problem } from '../../api/problems/problem.ts';

/** An id names position, buffer and metrics of its output: no other one of the resource has it. */
export function repeatedIds(outputs: readonly { id: string }[]): Problem[] {
  const seen = new Set<string>();
  return outputs.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [problem('DuplicateName', fieldPath(['spec', 'outputs', index, 'id']), `Two outputs have the id ${id}.`)];
  });
}
