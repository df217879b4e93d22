import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { render } from '../../support/rendered-chart.ts';
import { inFolder } from '../../support/terminal.ts';
import { checkOf, manifests } from './health.ts';

interface Application {
  kind: string;
  metadata: { name: string; annotations: Record<string, string> };
  spec: {
    source?: Source;
    sources?: Source[];
    ignoreDifferences?: object[];
    syncPolicy: { syncOptions: string[] };
  };
}
interface Source {
  repoURL: string;
  targetRevision: string;
  helm?: { skipCrds: boolean; valuesObject: { crds: { upgrade: boolean } } };
}

const wave = (object: { metadata: { annotations: Record<string, string> } }) =>
  Number(object.metadata.annotations['argocd.argoproj.io/sync-wave']);

describe('argocd/', () => {
  it('argocd-cm.yaml has a check for each kind, and for no other', () => {
    const { data } = manifests('argocd-cm.yaml')[0] as { data: Record<string, string> };
    const checked = Object.keys(data).filter((name) => name.startsWith('resource.customizations.'));
    expect(checked.sort()).toEqual(kinds.map(({ kind }) => checkOf(kind)).sort());
  });

  it('application.yaml: chart, then templates, then ServiceBindingConfigs', () => {
    const [platform, tenant] = manifests('application.yaml') as [Application, Application];
    const [template] = manifests('cluster-template.yaml') as [Application];
    expect([wave(platform), wave(template), wave(tenant)]).toEqual([0, 1, 2]);
    for (const { kind, spec } of [platform, tenant]) {
      expect(kind).toBe('Application');
      expect(spec.syncPolicy.syncOptions).toContain('ServerSideApply=true');
    }
    const chart = parse(readFileSync(packageFile('helm/fluentbind/Chart.yaml'), 'utf8')) as Record<string, string>;
    const source = platform.spec.sources?.[0];
    expect(source?.repoURL).toMatch(new RegExp(`^oci://.*/charts/${chart['name']}$`));
    expect(source?.targetRevision).toBe(chart['version']);
    // What Argo CD does not apply, the Job must; and only CRDs that Argo CD does not own outlive the Application.
    expect([source?.helm?.skipCrds, source?.helm?.valuesObject.crds.upgrade]).toEqual([true, true]);
    expect(platform.spec.syncPolicy.syncOptions).toContain('SkipDryRunOnMissingResource=true');
    // What a Job writes into an object of the chart is left to it.
    const { metadata } =
      render({}, platform.metadata.name).find((one) => one.kind === 'ValidatingWebhookConfiguration') ?? {};
    expect(platform.spec.ignoreDifferences).toEqual([
      {
        group: 'admissionregistration.k8s.io',
        kind: 'ValidatingWebhookConfiguration',
        name: metadata?.name,
        jqPathExpressions: ['.webhooks[].clientConfig.caBundle'],
      },
    ]);
    expect(platform.spec.syncPolicy.syncOptions).toContain('RespectIgnoreDifferences=true');
  });

  it('cluster-template.yaml is valid', async () => {
    const { code, err } = await inFolder(packageFile('argocd'), 'validate', '-f', 'cluster-template.yaml');
    expect(err).toBe('');
    expect(code).toBe(0);
  });
});
