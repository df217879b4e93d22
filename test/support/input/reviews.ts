import type { KubernetesObject } from '../../../hooks/api/object.ts';

interface Change {
  operation?: string;
  oldObject?: KubernetesObject | null;
  subResource?: string;
  [field: string]: unknown;
}

/** What the API server (1.36) asks about an object. */
export function reviewOf(object: KubernetesObject | null, change: Change = {}) {
  const about = object ?? change.oldObject;
  const [group = '', version = ''] = (about?.apiVersion ?? '').split('/');
  const kind = { group, version, kind: about?.kind ?? '' };
  const resource = { group, version, resource: `${kind.kind.toLowerCase()}s` };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '0f1c0f7e-3a0e-4e0b-9a3c-0a3f6d9c2b11',
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: about?.metadata.name ?? '',
      namespace: about?.metadata.namespace,
      operation: 'CREATE',
      userInfo: { username: 'tenant', groups: ['tenants', 'system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      ...change,
    },
  };
}
