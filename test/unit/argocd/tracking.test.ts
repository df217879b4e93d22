import { describe, expect, it } from 'vitest';
import { group, type KubernetesObject } from '../../../hooks/api/object.ts';
import { lastAppliedAnnotation } from '../../../hooks/engine/apply/dynamic-apply.ts';
import { make, World } from '../../support/world.ts';
import { manifests } from './health.ts';

/** What Argo CD puts on objects to know them again, by label or by annotation, and what people tell it by. */
const marks = {
  labels: { 'app.kubernetes.io/instance': 'shop-logging', 'example.com/custom-instance-label': 'shop-logging' },
  annotations: {
    'argocd.argoproj.io/tracking-id': `shop-logging:${group}/ServiceBindingConfig:shop/logs`,
    'argocd.argoproj.io/sync-wave': '2',
    'argocd.argoproj.io/sync-options': 'Prune=false',
  },
};
const marked = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...structuredClone(marks) },
});

const value = 'a-planted-value';
const template = make.template('t', {
  placeholders: [{ name: 'token', secretKey: 'token', sensitive: true }],
  outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'Authorization Bearer $(token)' } }],
});
const binding = (change: object = {}) =>
  marked(make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' }, ...change }));
const byHand = marked(make.logging('by-hand', { outputs: [{ plugin: 'null' }] }));

const children = (world: World) =>
  [
    ['LoggingConfiguration', 'logs'],
    ['ConfigMap', 'logs-fluent-bit'],
    ['Secret', 'logs-fluent-bit'],
    ['ConfigMap', 'by-hand-fluent-bit'],
  ].map(([kind = '', name = '']) => world.get(kind, name));

describe('children of what Argo CD tracks', () => {
  it.each([
    ['ready', () => Promise.resolve()],
    ['last good', (world: World) => world.remove('Secret', 'cls')],
    ['suspended', (world: World) => world.apply(binding({ suspend: true }))],
  ] as const)('%s: carry nothing that it knows its own by', async (_, happens) => {
    const world = await World.start();
    await world.apply(marked(template), marked(make.secret('cls', { token: value })), binding(), byHand);
    await happens(world);
    expect(world.get('ServiceBindingConfig', 'logs')?.metadata).toMatchObject(marks);
    for (const child of children(world)) {
      const { labels, annotations, ownerReferences } = child?.metadata ?? {};
      expect(ownerReferences).toHaveLength(1);
      for (const name of Object.keys(labels ?? {}))
        expect(name).toMatch(/^(fluentbit\.kyma-project\.io\/.*|app\.kubernetes\.io\/managed-by|controller-uid)$/);
      for (const name of Object.keys(annotations ?? {}))
        expect(name.startsWith(`${group}/`) || name === lastAppliedAnnotation, name).toBe(true);
      expect(JSON.stringify(child)).not.toMatch(/shop-logging|argocd/);
    }
  });

  it('show a value of a Secret in no annotation that argocd-cm does not mask', async () => {
    const world = await World.start();
    await world.apply(template, make.secret('cls', { token: value }), binding());
    const { data } = manifests('argocd-cm.yaml')[0] as { data: Record<string, string> };
    const masked = data['resource.sensitive.mask.annotations']?.split(/,\s*/);
    const found = Object.entries(world.get('Secret', 'logs-fluent-bit')?.metadata.annotations ?? {})
      .filter(([, text]) => text.includes(Buffer.from(value).toString('base64')) || text.includes(value))
      .map(([name]) => name);
    expect(found).toEqual([lastAppliedAnnotation]);
    expect(masked).toEqual(found);
  });
});
