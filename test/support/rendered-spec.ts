import type { Problem } from '../../hooks/api/problems/problem.ts';
import { checkAndRender } from '../../hooks/compile/compile.ts';
import type { PipelineSpec } from '../../hooks/fluentbit/file/pipeline-spec.ts';
import type { PolicyInForce } from '../../hooks/fluentbit/policy/policy-problems.ts';
import type { Origin, Rendering } from '../../hooks/fluentbit/render/render.ts';
import type { Value } from '../../hooks/kubernetes/value.ts';

export interface RenderInput extends Origin {
  spec: PipelineSpec;
  values: ReadonlyMap<string, Value>;
  inForce?: PolicyInForce;
}

/** The file of a spec whose values are at hand, with everything that is wrong with it. */
export function render({ spec, values, inForce, ...origin }: RenderInput): Rendering & { problems: Problem[] } {
  const { rendering, problems } = checkAndRender(origin, spec, values, inForce);
  return { ...rendering, problems };
}
