import { isEqual } from 'lodash-es';
import type { ObjectMap } from '../../api/wire/metacontroller.ts';
import { routeIn } from '../../compile/policy-in-force.ts';
import type { ConditionState } from '../../kubernetes/conditions.ts';
import { everyClusterScoped } from '../../kubernetes/related.ts';
import { fluentBitRoutes } from '../../kubernetes/resources.ts';
import type { LabelSelector } from '../../kubernetes/selector.ts';
import type { Fleet } from './fleet.ts';

/**
 * Agents that certainly select namespaces that this one selects, as far as selectors tell: one of the two asks for
 * nothing that the other does not. Which namespaces there are is not looked at: they are many, and change often.
 */
export function overlap(fleet: Fleet, related: ObjectMap): ConditionState | undefined {
  const others = everyClusterScoped(related, fluentBitRoutes).flatMap((object) => {
    const { route } = routeIn(object);
    return route === undefined || route.agent === fleet.name || !overlaps(route, fleet) ? [] : [object.metadata.name];
  });
  if (others.length === 0) return undefined;
  const before = others.filter((name) => name < fleet.name);
  const after = others.filter((name) => name > fleet.name);
  const parts = [
    ...(before.length > 0 ? [`what ${before.join(', ')} selects too goes there`] : []),
    ...(after.length > 0 ? [`what ${after.join(', ')} selects too comes here`] : []),
  ];
  const message = `Of two agents that select one namespace, the first by name carries it: ${parts.join(', and ')}. Where that is not meant, give them selectors that exclude each other.`;
  return { status: 'True', reason: 'AgentsOverlap', message };
}

function overlaps(a: Selecting, b: Selecting): boolean {
  const [ours, theirs] = [requirements(a.namespaceSelector), requirements(b.namespaceSelector)];
  const implies = (one: readonly object[], other: readonly object[]) =>
    other.every((wanted) => one.some((given) => isEqual(given, wanted)));
  return implies(ours, theirs) || implies(theirs, ours);
}

type Selecting = { namespaceSelector?: LabelSelector | undefined };

function requirements(selector: LabelSelector | undefined): object[] {
  return [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      values: [...(values ?? [])].sort(),
    })),
  ];
}
