import { watch } from 'node:fs';
import { relative } from 'node:path';
import { cloneDeepWith, debounce } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import type { Condition } from '../../api/status.ts';
import { packageFile } from '../../runtime/package-file.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';
import { evaluate, printReports } from '../report/evaluate.ts';
import { objectYaml } from '../report/object-yaml.ts';

export const usage = `fluentbind demo [--watch]

Shows on examples/demo what fluentbind makes of a Secret and a template, step by step. With --watch it does so again
whenever a file there is saved.`;

const folder = () => packageFile('examples/demo');

export async function demo(args: string[], io: Io): Promise<number> {
  const { values } = readArguments(args, { watch: { type: 'boolean', default: false } });
  const code = await show(io);
  if (!values.watch) return code;
  io.out(`\nWatching ${relative(io.cwd, folder()) || '.'}: save a file to see what changes, end with Ctrl-C.\n`);
  const watcher = watch(
    folder(),
    debounce(() => void show(io), 200),
  );
  await io.stopped;
  watcher.close();
  return 0;
}

async function show(io: Io): Promise<number> {
  const { store, reports } = await evaluate([relative(io.cwd, folder()) || '.'], 'default', false, io);
  const all = store.all();
  const one = (kind: string) =>
    all.find((object) => object.kind === kind && (kind !== 'Secret' || object.metadata.ownerReferences === undefined));
  const made = (kind: string) =>
    all.find((object) => object.kind === kind && object.metadata.ownerReferences !== undefined);
  const config = one('ServiceBindingConfig');
  const template = all.find(
    (object) => object.kind === 'ClusterTemplate' && object.metadata.name === templateName(config),
  );
  const steps: [title: string, text: string][] = [
    [
      'A Secret, as the SAP BTP service operator writes it for a ServiceBinding (values are never shown)',
      yaml(one('Secret')),
    ],
    [
      'A ClusterTemplate that comes with fluentbind: its placeholders name the keys that fill them',
      placeholders(template),
    ],
    ['What you apply: one ServiceBindingConfig that names the two', yaml(config, ['status'])],
    [
      'fluentbind makes a LoggingConfiguration of it. What comes from the Secret is a reference, never a value',
      yaml(shortened(made('LoggingConfiguration')), ['status']),
    ],
    ['Of that it makes the Fluent Bit configuration: one file that can be read alone', yaml(made('ConfigMap'))],
    ['The values go into a Secret beside it, one file each', yaml(made('Secret'))],
    ['What kubectl get says', summary(all)],
  ];
  for (const [index, [title, text]] of steps.entries()) io.out(`\n━━ ${index + 1}. ${title}\n\n${indent(text)}\n`);
  const failed = printReports(reports, io);
  io.out(
    '\nNow break something: rename a key in examples/demo/secret.yaml, or misspell the template, and run it again.\n',
  );
  return failed ? 1 : 0;
}

function templateName(config: KubernetesObject | undefined): string | undefined {
  return (config?.['spec'] as { templateRef?: { name?: string } } | undefined)?.templateRef?.name;
}

function yaml(object: KubernetesObject | undefined, without: string[] = []): string {
  return object === undefined ? '(none)' : objectYaml(object, false, without);
}

/** Long code is shown once, where Fluent Bit gets it. */
function shortened(object: KubernetesObject | undefined): KubernetesObject | undefined {
  return cloneDeepWith(object, (value: unknown) => {
    const lines = typeof value === 'string' ? value.split('\n') : [];
    return lines.length > 12
      ? [...lines.slice(0, 3), `… ${lines.length - 3} more lines, shown below`].join('\n')
      : undefined;
  });
}

function placeholders(template: KubernetesObject | undefined): string {
  const { description, placeholders: list = [] } = (template?.['spec'] ?? {}) as {
    description?: string;
    placeholders?: { name: string; secretKey?: string; default?: string; description?: string }[];
  };
  const rows = list.map(
    (p) =>
      `$(${p.name})`.padEnd(12) +
      (p.secretKey === undefined ? `default ${p.default ?? '-'}` : `key ${p.secretKey}`).padEnd(30) +
      (p.description ?? ''),
  );
  return [`${template?.metadata.name ?? '(none)'}: ${description ?? ''}`, ...rows].join('\n');
}

function summary(all: readonly KubernetesObject[]): string {
  return all
    .flatMap((object) => {
      const conditions = (object['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
      const ready = conditions.find((condition) => condition.type === 'Ready');
      return ready === undefined
        ? []
        : [
            `${object.kind} ${object.metadata.namespace}/${object.metadata.name}: Ready=${ready.status} ${ready.reason}: ${ready.message}`,
          ];
    })
    .join('\n');
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `   ${line}`))
    .join('\n');
}
