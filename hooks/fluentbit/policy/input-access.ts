import { type Problem, problem } from '../../api/problems/problem.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import type { CompleteInput } from '../file/pipeline-spec.ts';
import type { PolicyInForce } from './policy-problems.ts';

/** Whether a namespace may select the input of the agent that it names, and whether there is one. */
export function inputProblems(
  input: CompleteInput,
  namespace: string,
  { inputs }: Pick<PolicyInForce, 'inputs'>,
): Problem[] {
  if (!('from' in input) || inputs === undefined) return [];
  const { agent, list } = inputs;
  const found = list.find(({ id }) => id === input.from);
  const open = list.filter(({ namespaces }) => namespaces.includes('*') || namespaces.includes(namespace));
  if (found === undefined) {
    const known = open.map(({ id }) => id);
    const message =
      agent === undefined
        ? `No agent carries namespace ${namespace}: there is no input to select.`
        : `FluentBitAgent ${agent} has no input ${input.from}. ${didYouMean(input.from, known)}`;
    return [problem('InputNotFound', 'spec.input.from', message.trim())];
  }
  if (open.includes(found)) return [];
  const message = `The input ${input.from} of FluentBitAgent ${agent} is not for namespace ${namespace}.`;
  return [problem('InputNotAllowed', 'spec.input.from', message)];
}
