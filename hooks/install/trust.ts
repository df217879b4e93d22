import type { ApiObject, ClusterApi } from './cluster-api.ts';
import type { SecretObject } from './credential-secrets.ts';

interface WebhookConfiguration extends ApiObject {
  webhooks?: { name: string; clientConfig: { caBundle?: string } }[];
}

/**
 * Lets the API server know the authority of the hooks, which is made in the cluster and not known to any template. By
 * server-side apply of that one field, so that whoever applies the rest keeps it, and it this.
 */
export async function trust(api: ClusterApi, configuration: string, bundle: string): Promise<string> {
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${configuration}`;
  const { apiVersion, kind, webhooks = [] } = (await api.get<WebhookConfiguration>(path)) ?? {};
  const line = (done: string) => `ValidatingWebhookConfiguration ${configuration}: ${done}`;
  if (apiVersion === undefined || kind === undefined) return line('not there');
  const caBundle = Buffer.from(bundle).toString('base64');
  if (webhooks.every(({ clientConfig }) => clientConfig.caBundle === caBundle)) return line('up to date');
  await api.apply(path, {
    apiVersion,
    kind,
    metadata: { name: configuration },
    webhooks: webhooks.map(({ name }) => ({ name, clientConfig: { caBundle } })),
  });
  return line('knows the authority');
}

/** A bundle of certificates as the hooks' Secret holds it. */
export function bundleIn(secret: SecretObject | undefined): string | undefined {
  const text = Buffer.from(secret?.data?.['ca.crt'] ?? '', 'base64').toString('utf8');
  return text.includes('-----BEGIN CERTIFICATE-----') ? text : undefined;
}
