import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { make } from '../world.ts';

export type Format = 'plain' | 'secretKey' | 'secretRootKey' | 'secretTemplate';
export const formats: readonly Format[] = ['plain', 'secretKey', 'secretRootKey', 'secretTemplate'];

const instance = {
  instance_guid: '6f1c0f7e-3a0e-4e0b-9a3c-0a3f6d9c2b11',
  instance_name: 'cls',
  plan: 'standard',
  label: 'cloud-logging',
  type: 'cloud-logging',
  tags: '["logging"]',
};

function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, rank: ((index + 1) * 7919 * (seed + 1)) % 101 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** `.metadata` describes the credentials, in an order that differs from write to write. */
function metadata(credentials: readonly { name: string; format: string; container?: boolean }[], seed: number): string {
  const own = Object.keys(instance).map((name) => ({ name, format: name === 'tags' ? 'json' : 'text' }));
  return JSON.stringify({ metaDataProperties: own, credentialProperties: shuffled(credentials, seed) });
}

/** Credentials as the BTP operator writes them in each of its formats (internal/utils, controllers/servicebinding_controller.go). */
export function bindingSecret(
  name: string,
  credentials: Record<string, unknown>,
  format: Format,
  options: { seed?: number; namespace?: string } = {},
): KubernetesObject {
  const { seed = 0, namespace } = options;
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const flat = Object.fromEntries(
    Object.entries(credentials).map(([key, value]) => [key.replaceAll(' ', '_'), text(value)]),
  );
  const data: Record<string, string> = {};
  if (format === 'plain') {
    Object.assign(data, flat, instance);
    data['.metadata'] = metadata(
      Object.entries(credentials).map(([key, value]) => ({
        name: key,
        format: typeof value === 'string' ? 'text' : 'json',
      })),
      seed,
    );
  }
  if (format === 'secretKey') {
    Object.assign(data, { credentials: JSON.stringify(credentials) }, instance);
    data['.metadata'] = metadata([{ name: 'credentials', format: 'json', container: true }], seed);
  }
  if (format === 'secretRootKey') data['root'] = JSON.stringify({ ...flat, ...instance });
  // Whatever a Go template makes: here the credentials under their own names, and nothing else.
  if (format === 'secretTemplate') Object.assign(data, flat);
  const secret = make.secret(name, data, namespace);
  secret.metadata.labels = { 'services.cloud.sap.com/managed-by-sap-btp-operator': 'true' };
  secret.metadata.annotations = { binding: name };
  return secret;
}
