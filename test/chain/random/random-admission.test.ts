import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { generated } from '../../corpus/generated.ts';
import { bindingSpec, pipelineSpec } from '../../support/input/random-specs.ts';
import { grouped } from '../../support/input/request-mutations.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const hooks = new Map(routes(controllers).map((route) => [route.path, route.hook]));
const runs = Number(process.env['FLUENTBIND_RUNS'] ?? 2000);
const seed = Number(process.env['FLUENTBIND_SEED'] ?? Date.now() % 2 ** 31);

const secret = make.secret('cls', { token: 't0ken', host: 'a.example.com' });
const config = make.configMap('settings', { index: 'main' });
const related = (...objects: KubernetesObject[]) => grouped(objects);

const object = fc.oneof(
  fc.oneof(pipelineSpec, generated).map((spec) => make.logging('logs', spec as object)),
  fc.oneof(pipelineSpec, generated).map((spec) => make.ownTemplate('t', spec as object)),
  fc.oneof(pipelineSpec, generated).map((spec) => make.template('t', spec as object)),
  bindingSpec.map((spec) => make.binding('logs', spec as object)),
);
const operation = fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT');

/** Longer than this and the API server gives up, or a queue of others waits. */
const patience = 1000;
let slowest = 0;

/** The answer of a hook, in time. */
function timed<T>(ask: () => T): T {
  // Time of its own, so that a machine with other things to do does not count.
  const begin = process.cpuUsage();
  const answer = ask();
  const { user, system } = process.cpuUsage(begin);
  const took = (user + system) / 1000;
  slowest = Math.max(slowest, took);
  expect(took).toBeLessThan(patience);
  return answer;
}

function asked(path: string, parent: KubernetesObject, objects: KubernetesObject[]): unknown {
  const body = JSON.parse(JSON.stringify({ parent, related: related(...objects), children: {}, finalizing: false }));
  return timed(() => hooks.get(path)?.(body, context));
}

describe(`${runs} random inputs, seed ${seed}`, () => {
  it('make neither admission nor a hook throw, hang or grow', { timeout: 3_600_000 }, () => {
    const heap: number[] = [];
    let count = 0;
    fc.assert(
      fc.property(object, object, operation, (one, other, operation) => {
        const oldObject = operation === 'UPDATE' ? { ...other, kind: one.kind } : null;
        const { response } = timed(() =>
          review(JSON.parse(JSON.stringify(reviewOf(one, { operation, oldObject }))), context),
        );
        expect(response.allowed || (response.status?.details.causes.length ?? 0) > 0).toBe(true);
        const parent = { ...one, metadata: { ...one.metadata, uid: 'u', generation: 1 } };
        if (one.kind === 'LoggingConfiguration')
          expect(asked('/hooks/loggingconfigurations/sync', parent, [secret, config, other])).toHaveProperty('status');
        if (one.kind === 'ServiceBindingConfig')
          expect(asked('/hooks/servicebindingconfigs/sync', parent, [secret, config, other])).toHaveProperty('status');
        count += 1;
        if (count % Math.max(1, Math.floor(runs / 10)) === 0) heap.push(used());
      }),
      { numRuns: runs, seed },
    );
    console.info(
      `slowest ${Math.round(slowest)} ms, heap in MB: ${heap.map((bytes) => Math.round(bytes / 1e6)).join(' ')}`,
    );
    // Caches fill in the first half; what grows after that is held for ever.
    const [middle = 0, last = 0] = [Math.max(...heap.slice(3, 6)), Math.min(...heap.slice(7))];
    expect(last).toBeLessThan(middle + 50_000_000);
  });
});

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function used(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
