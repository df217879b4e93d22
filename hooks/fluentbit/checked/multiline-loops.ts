import { type Problem, problem } from '../../api/problems/problem.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';

/** Filters that put lines together: with two of them in one pipeline nothing is ever shipped (fact: emitters-of-multiline). */
export function multilineLoops({ input, filters }: Pick<PipelineSpec, 'input' | 'filters'>): Problem[] {
  const own = filters.flatMap(({ plugin }, index) => (plugin.toLowerCase() === 'multiline' ? [index] : []));
  const selected = !('from' in input) && input.multiline.length > 0;
  return own
    .slice(selected ? 0 : 1)
    .map((index) =>
      problem(
        'InvalidSpec',
        `spec.filters[${index}].plugin`,
        selected
          ? 'The filter multiline and spec.input.multiline do not work together: nothing would be shipped.'
          : 'A pipeline with two filters multiline ships nothing.',
        selected
          ? 'Name the multiline parsers in one of the two places.'
          : 'Name all multiline parsers in one filter, separated by commas.',
      ),
    );
}
