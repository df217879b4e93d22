import { type Problem, problem } from '../../api/problems/problem.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import { canonicalProperty } from '../version/plugins/property-name.ts';

/** Characters of Lua in one spec: to check so much takes half a second at worst, and anybody may ask admission. */
const budget = 262_144;

/** The filters whose code is within the budget; a problem for those that are not, which nobody looks at. */
export function withinBudget(filters: PipelineSpec['filters']): {
  checked: (PipelineSpec['filters'][number] | undefined)[];
  problems: Problem[];
} {
  let left = budget;
  const checked = filters.map((filter) => {
    left -= codeLength(filter);
    return left >= 0 ? filter : undefined;
  });
  if (left >= 0) return { checked, problems: [] };
  const message = `The Lua of all filters together is longer than ${budget} characters.`;
  return { checked, problems: [problem('TooLarge', 'spec.filters', message, 'Write shorter scripts.')] };
}

function codeLength({ properties }: PipelineSpec['filters'][number]): number {
  return Object.entries(properties).reduce((sum, [name, value]) => {
    const code = typeof value === 'string' && canonicalProperty(name) === 'code';
    return sum + (code ? value.length : 0);
  }, 0);
}
