import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { fleetOf } from '../../../hooks/controllers/fluent-bit-agent/fleet.ts';
import { layout, observedShard } from '../../../hooks/controllers/fluent-bit-agent/shard-layout.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';

const fleet = fleetOf('edge', { namespace: 'logging', shards: 2 }, defaultSettings.agent);
const written = (spec: object, pipelines: number): KubernetesObject => ({
  ...{ apiVersion: 'fluentbit.kyma-project.io/v1alpha1', kind: 'FluentBitShard', metadata: { name: 'edge-5' } },
  ...{ spec, status: { pipelines } },
});

it.each([
  ['is held until it is empty', { index: 5, agent: 'edge' }, 3, 6],
  ['goes when it is empty', { index: 5, agent: 'edge' }, 0, 2],
  ['is held though a later version gave it fields of its own', { index: 5, later: true }, 3, 6],
  ['is none of ours without a number', { index: 'five' }, 3, 2],
])('a shard beyond the wanted ones, whichever version wrote it, %s', (_name, spec, pipelines, mounted) => {
  expect(layout(fleet, [observedShard(written(spec, pipelines))], 2, undefined)).toMatchObject({ mounted });
});
