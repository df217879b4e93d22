import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingSecret } from '../../support/input/binding-secrets.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { make, World } from '../../support/world.ts';

const ca = await authority();
const issued = await ca.issue();
const secret = bindingSecret('cls', { host: 'a.example.com', cert: issued.certificate, key: issued.key }, 'plain');
const template = make.ownTemplate('t', {
  placeholders: [
    { name: 'host', secretKey: 'host', type: 'host' },
    { name: 'cert', secretKey: 'cert', type: 'file' },
    { name: 'key', secretKey: 'key', type: 'file' },
    { name: 'level' },
  ],
  filters: [{ plugin: 'grep', properties: { regex: 'level $(level)' } }],
  outputs: [
    { plugin: 'http', properties: { host: '$(host)', tls: true, 'tls.crt_file': '$(cert)', 'tls.key_file': '$(key)' } },
  ],
});
const binding = make.binding('logs', {
  templateRef: { kind: 'Template', name: 't' },
  secretRef: { name: 'cls' },
  values: [{ name: 'level', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }],
});
const objects = [secret, template, binding, make.configMap('settings', { level: 'error' })];

/** Everything but what counts writes. */
function state(world: World): unknown {
  return world.store
    .all()
    .map((object) => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion: undefined, generation: undefined },
    }))
    .sort((a, b) => (`${a.kind}/${a.metadata.name}` < `${b.kind}/${b.metadata.name}` ? -1 : 1));
}

describe('convergence', () => {
  it('ends in one state from every order of arrival, and then writes nothing any more', async () => {
    const reference = await World.start();
    await reference.apply(...objects);
    expect(reference.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        async (order, pauses) => {
          const world = await World.start();
          for (const [step, index] of order.entries()) {
            await world.put(objects[index] as never);
            if (pauses[step]) await world.settle();
          }
          await world.settle();
          expect(state(world)).toEqual(state(reference));
          const { writes } = world.store;
          world.engine.resync();
          await world.settle();
          expect(world.store.writes).toBe(writes);
          expect(world.engine.findings).toEqual([]);
          expect(world.engine.errors).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('needs few passes, and none of them without a cause', async () => {
    const world = await World.start({ lint: false });
    await world.apply(...objects);
    expect(world.engine.passes).toBeLessThanOrEqual(8);
    expect(world.engine.customizeCalls).toBe(2);
  });
});

describe('certificates near their end', () => {
  it('are announced in the last fifth of their life, and refused past it, without any other event', async () => {
    const world = await World.start();
    await world.apply(...objects);
    // 90 days from 31 May: the last fifth begins on 11 August, the end is 29 August.
    expect(world.condition('LoggingConfiguration', 'logs', 'CertificateExpiring')).toMatchObject({
      status: 'False',
      reason: 'Valid',
    });
    const until = async (date: string) => {
      for (let due = world.engine.nextDue; due !== undefined && due <= Date.parse(date); due = world.engine.nextDue) {
        world.turn(due - world.now);
        await world.settle();
      }
    };
    await until('2026-08-12T00:00:00Z');
    expect(world.condition('LoggingConfiguration', 'logs', 'CertificateExpiring')).toMatchObject({
      status: 'True',
      reason: 'CertificateExpiring',
    });
    expect(world.condition('ServiceBindingConfig', 'logs', 'CertificateExpiring')).toMatchObject({ status: 'True' });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    const file = world.file('logs');
    await until('2026-08-30T00:00:00Z');
    expect(world.condition('LoggingConfiguration', 'logs', 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'CertificateExpired',
    });
    expect(world.file('logs')).toBe(file);
    const next = await ca.issue({ notBefore: new Date('2026-08-29'), notAfter: new Date('2026-12-01') });
    await world.apply(bindingSecret('cls', { host: 'a.example.com', cert: next.certificate, key: next.key }, 'plain'));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.condition('LoggingConfiguration', 'logs', 'CertificateExpiring')).toMatchObject({ status: 'False' });
  });
});
