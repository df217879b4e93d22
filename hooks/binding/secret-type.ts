import type { SecretObject } from '../api/object.ts';

/** Secrets that Kubernetes and Helm keep for themselves: whoever ships with one gives the cluster away, not a backend. */
const noSources = [
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
] as const;

/** The type of a Secret that is no source; undefined where it is one. */
export function refusedType({ type = '' }: SecretObject): string | undefined {
  return noSources.find((refused) => refused === type.toLowerCase());
}
