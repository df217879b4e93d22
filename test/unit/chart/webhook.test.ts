import { describe, expect, it } from 'vitest';
import { admissionRoute } from '../../../hooks/admission/admission-route.ts';
import { isExamined } from '../../../hooks/admission/examine.ts';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import { labels } from '../../../hooks/kubernetes/names.ts';
import { find, podOf, type Rendered, render, type Values, variants } from '../../support/rendered-chart.ts';

interface Webhook {
  name: string;
  clientConfig: { service: object; caBundle?: string };
  rules: { resources: string[]; scope: string; operations: string[] }[];
  namespaceSelector?: object;
  objectSelector?: { matchExpressions: object[] };
  [field: string]: unknown;
}
const configuration = (values: Values = {}) => {
  const { webhooks } = find(render(values), 'ValidatingWebhookConfiguration', 'fluentbind') as Rendered & {
    webhooks: [Webhook, Webhook];
  };
  return webhooks;
};
const jobs = (values: Values) =>
  render(values).filter(({ kind, metadata }) => kind === 'Job' && /trust$/.test(metadata.name));

describe('the webhook', () => {
  it('asks the hooks about every kind that is judged, and about nothing else', () => {
    const webhooks = configuration();
    for (const webhook of webhooks)
      expect(webhook).toMatchObject({
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        matchPolicy: 'Equivalent',
        failurePolicy: 'Ignore',
        timeoutSeconds: 5,
        clientConfig: {
          service: { name: 'fluentbind', namespace: 'logging', path: admissionRoute.path, port: 8443 },
        },
      });
    const asked = webhooks.flatMap(({ rules }) =>
      rules.flatMap(({ resources, scope, operations }) =>
        resources.map((resource) => `${scope} ${resource} ${operations.join()}`),
      ),
    );
    expect(asked.sort()).toEqual(
      kinds
        .filter(isExamined)
        .map(({ plural, namespaced }) => `${namespaced ? 'Namespaced' : 'Cluster'} ${plural} CREATE,UPDATE`)
        .sort(),
    );
    expect(webhooks.map(({ name }) => name)).toEqual([
      'namespaced.admission.fluentbit.kyma-project.io',
      'cluster.admission.fluentbit.kyma-project.io',
    ]);
  });

  it('is not asked about what comes with the chart', () => {
    const [namespaced, cluster] = configuration();
    expect(cluster.objectSelector?.matchExpressions).toEqual([
      { key: 'app.kubernetes.io/part-of', operator: 'NotIn', values: ['fluentbind'] },
    ]);
    expect(namespaced.objectSelector).toBeUndefined();
    for (const { metadata } of render().filter(({ kind }) => kind === 'ClusterTemplate'))
      expect(metadata.labels['app.kubernetes.io/part-of']).toBe('fluentbind');
  });

  it('follows the values', () => {
    expect(configuration(variants['everything'])[0]).toMatchObject({
      failurePolicy: 'Fail',
      timeoutSeconds: 3,
      namespaceSelector: { matchLabels: { team: 'logs' } },
    });
    const own = { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'bank'] };
    const other = { key: 'a', operator: 'Exists' };
    expect(configuration(variants['limited'])[0].namespaceSelector).toEqual({ matchExpressions: [own] });
    const both = { namespaces: ['shop', 'bank'], admission: { namespaceSelector: { matchExpressions: [other] } } };
    expect(configuration(both)[0].namespaceSelector).toEqual({ matchExpressions: [other, own] });
    expect(configuration(both)[1].namespaceSelector).toBeUndefined();
  });

  it('is not there where it is switched off, nor anything for it', () => {
    const objects = render({ admission: { enabled: false, addresses: false } });
    expect(objects.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')).toEqual([]);
    expect(JSON.stringify(objects)).not.toMatch(/admission|trust/);
    expect(find(objects, 'NetworkPolicy', 'fluentbind').spec?.['ingress']).toHaveLength(1);
  });
});

describe('the authority that it trusts', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const provided = variants['provided'] ?? {};
  it.each<[string, Values, number, string | undefined, string | undefined]>([
    ['by a Job', {}, 1, undefined, undefined],
    ['by a Job from a Secret of yours', provided, 1, undefined, undefined],
    ['by cert-manager', variants['cert-manager'] ?? {}, 0, undefined, 'logging/fluentbind-tls'],
    ['by the values', { ...provided, admission: { caBundle: pem } }, 0, pem, undefined],
  ])('%s', (_, values, count, bundle, injected) => {
    expect(jobs(values)).toHaveLength(count);
    const { annotations } = find(render(values), 'ValidatingWebhookConfiguration', 'fluentbind').metadata;
    expect(annotations?.['cert-manager.io/inject-ca-from']).toBe(injected);
    for (const { clientConfig } of configuration(values))
      expect(clientConfig.caBundle).toBe(bundle === undefined ? undefined : Buffer.from(bundle).toString('base64'));
  });

  it('is put in after the installation, with rights on that one object', () => {
    const objects = render();
    const rule = {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingwebhookconfigurations'],
      resourceNames: ['fluentbind'],
      verbs: ['get', 'patch'],
    };
    expect(find(objects, 'Job', 'fluentbind-trust').metadata.annotations).toMatchObject({
      'helm.sh/hook': 'post-install,post-upgrade',
    });
    expect(podOf(objects, 'Job', 'fluentbind-trust').spec.containers[0]?.args).toEqual([
      'trust',
      '--secret=fluentbind-tls',
      '--configuration=fluentbind',
    ]);
    expect(find(objects, 'ClusterRole', 'fluentbind-trust').rules).toEqual([rule]);
    // A rotation lets the API server know before the hooks show the new certificate.
    expect(find(objects, 'ClusterRole', 'fluentbind-credentials').rules).toEqual([rule]);
    for (const values of [provided, variants['cert-manager'] ?? {}, { admission: { caBundle: pem } }])
      expect(
        render(values).some(
          ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'fluentbind-credentials',
        ),
      ).toBe(false);
  });

  it('lets the API server in: from anywhere, or from where the values say', () => {
    const ingress = (values: Values = {}) => find(render(values), 'NetworkPolicy', 'fluentbind').spec?.['ingress'];
    const ports = [{ protocol: 'TCP', port: 8443 }];
    expect(ingress()).toContainEqual({ ports });
    expect(ingress(variants['everything'])).toContainEqual({
      ports,
      from: ['10.0.0.1/32', '10.1.0.0/16'].map((cidr) => ({ ipBlock: { cidr } })),
    });
  });
});

describe('the labels by which agents find what is signed', () => {
  const policies = (values: Values) =>
    render(values).filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));

  it('are for Metacontroller to set, whichever it is', () => {
    expect(policies({}).map(({ kind }) => kind)).toEqual([
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
    const text = JSON.stringify(policies({}));
    for (const label of [labels.agent, labels.shard]) expect(text).toContain(label);
    expect(text).toContain('system:serviceaccount:logging:fluentbind-metacontroller');
    expect(policies({ admission: { addresses: false } })).toEqual([]);
  });
});
