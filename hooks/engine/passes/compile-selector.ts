import { type LabelSelector, type Labels, selectorFaults, selects } from '../../kubernetes/selector.ts';

/**
 * A test of labels. Nil and `{}` select everything; NotIn matches where the label is absent. Metacontroller refuses
 * a selector with an unknown operator, or with what no label may hold, whenever it meets it; so this throws.
 */
export function compile(selector: LabelSelector | null | undefined): (labels: Labels) => boolean {
  for (const { operator } of selector?.matchExpressions ?? [])
    demand(
      ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator),
      `"${operator}" is not a valid label selector operator`,
    );
  for (const { message } of selectorFaults(selector)) demand(false, message);
  return (labels) => selects(selector, labels);
}

export function matches(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  return compile(selector)(labels);
}

function demand(holds: boolean, fault: string): void {
  if (!holds) throw new Error(`can't convert label selector: ${fault}`);
}
