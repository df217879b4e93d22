import type { Problem } from '../../hooks/api/problems/problem.ts';
import { complete } from '../../hooks/binding/complete.ts';
import { checkAndRender } from '../../hooks/compile/compile.ts';
import type { PipelineSpec } from '../../hooks/fluentbit/file/pipeline-spec.ts';
import type { PolicyInForce } from '../../hooks/fluentbit/policy/policy-problems.ts';
import type { Origin, Rendering } from '../../hooks/fluentbit/render/render.ts';
import type { Value } from '../../hooks/kubernetes/value.ts';

/** A spec as people write it; without an output one that goes nowhere. */
export type Spec = Omit<Parameters<typeof complete>[0], 'outputs'> & Partial<Parameters<typeof complete>[0]>;

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

/** All that is wrong with a spec whose values are at hand. */
export function problemsOf(spec: Spec, values: readonly Value[] = [], inForce?: PolicyInForce): Problem[] {
  return render({
    namespace: 'shop',
    name: 'logs',
    generation: 1,
    spec: complete({ outputs: [{ plugin: 'null' }], ...spec }),
    values: new Map(values.map((value) => [value.name, value])),
    ...(inForce === undefined ? {} : { inForce }),
  }).problems;
}
