import { type LabelSelector, type Labels, selects } from '../kubernetes/selector.ts';
import { isLabelValue, isQualifiedName } from './validity.ts';

/**
 * A test of labels. Nil and `{}` select everything; NotIn matches where the label is absent. Metacontroller refuses
 * a selector with an unknown operator, or with what no label may hold, whenever it meets it; so this throws.
 */
export function compile(selector: LabelSelector | null | undefined): (labels: Labels) => boolean {
  const exact = Object.entries(selector?.matchLabels ?? {});
  const expressions = selector?.matchExpressions ?? [];
  for (const [key, value] of exact) {
    demand(isQualifiedName(key), `invalid label key "${key}"`);
    demand(isLabelValue(value), `invalid label value "${value}"`);
  }
  for (const { key, operator, values } of expressions) {
    demand(isQualifiedName(key), `invalid label key "${key}"`);
    demand(
      ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator),
      `"${operator}" is not a valid label selector operator`,
    );
    demand(['In', 'NotIn'].includes(operator) === (values ?? []).length > 0, `values of ${operator} for "${key}"`);
    for (const value of values ?? []) demand(isLabelValue(value), `invalid label value "${value}"`);
  }
  return (labels) => selects(selector, labels);
}

export function matches(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  return compile(selector)(labels);
}

function demand(holds: boolean, fault: string): void {
  if (!holds) throw new Error(`can't convert label selector: ${fault}`);
}
