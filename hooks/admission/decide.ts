import type { KubernetesObject } from '../api/object.ts';
import type { Problem } from '../api/problems/problem.ts';
import { type Reason, waits } from '../api/problems/reasons.ts';
import type { Context } from '../kit/controller.ts';
import { examine } from './examine.ts';

export interface Decision {
  refused: Problem[];
  warned: Problem[];
}

/** What a policy may allow, or another version of Fluent Bit: the hooks decide, and here it is said early. */
const open: ReadonlySet<Reason> = new Set<Reason>(['DeprecatedProperty', 'NamespaceNotAllowed']);

/** Refuses only what can never become valid; what another object, a policy or time may mend is at most warned of. */
export function decide(object: KubernetesObject, context: Context): Decision {
  const { problems, advice } = examine(object, context);
  const lasting = problems.filter(({ reason }) => !waits(reason));
  return {
    refused: lasting.filter(({ reason }) => !open.has(reason)),
    warned: [...lasting.filter(({ reason }) => open.has(reason)), ...advice],
  };
}
