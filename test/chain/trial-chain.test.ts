import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import type { Candidate, TrialVerdict } from '../../hooks/api/wire/trial.ts';
import { defaultSettings, type HookSettings } from '../../hooks/kit/controller.ts';
import { bindingSecret } from '../support/input/binding-secrets.ts';
import { make, World } from '../support/world.ts';

type Answer = TrialVerdict | 'pending' | 'unavailable';
const ok: Answer = { verdict: 'ok', version: '5.1.1' };
const refused: Answer = {
  verdict: 'refused',
  version: '5.1.1',
  path: 'spec.filters[0]',
  message: "[filter:grep] could not compile regex pattern '('",
};

/** A trial server that answers as the test says, and remembers what it was asked. */
function stage(...first: Answer[]) {
  const asked: Candidate[] = [];
  const answers = [...first];
  const stage = {
    asked,
    answer: answers.at(-1) ?? ok,
    trial: async (candidate: Candidate): Promise<Answer> => {
      asked.push(structuredClone(candidate));
      return answers.shift() ?? stage.answer;
    },
  };
  return stage;
}

const logging = (index: string, change: object = {}) =>
  make.logging('logs', {
    variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'cls', key: 'token' } } }],
    outputs: [
      { plugin: 'http', properties: { host: 'a.example.com', uri: `/${index}`, header: ['Authorization $(token)'] } },
    ],
    ...change,
  });
const secret = (token: string) => bindingSecret('cls', { token }, 'plain');
const children = (world: World) => [world.get('ConfigMap', 'logs-fluent-bit'), world.get('Secret', 'logs-fluent-bit')];
const condition = (world: World, type: string) => world.condition('LoggingConfiguration', 'logs', type);
const record = (world: World) =>
  (world.get('LoggingConfiguration', 'logs')?.['status'] as { trial?: TrialVerdict & { digest: string } } | undefined)
    ?.trial;

/** The engine's lint would call each hook twice, and ask twice. */
const start = ({ trial }: ReturnType<typeof stage>, settings: Partial<HookSettings> = {}) =>
  World.start({ trial, settings, lint: false });

async function live(answers: ReturnType<typeof stage>): Promise<World> {
  const world = await start(answers);
  await world.apply(secret('t0ken'), logging('one'));
  expect(condition(world, 'Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
  return world;
}

describe('a trial', () => {
  it('is asked once for a configuration, with nothing that is secret or tells of its tenant', async () => {
    const answers = stage();
    const world = await live(answers);
    expect(answers.asked).toHaveLength(1);
    const sent = JSON.stringify(answers.asked);
    for (const told of ['t0ken', Buffer.from('t0ken').toString('base64'), 'shop', 'example.com'])
      expect(sent).not.toContain(told);
    expect(record(world)).toMatchObject({
      verdict: 'ok',
      version: '5.1.1',
      digest: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    // Neither another pass nor another value of the Secret asks again.
    world.engine.resync();
    await world.settle();
    await world.apply(secret('another'));
    expect(Object.values(world.secrets('logs'))).toContain('another');
    expect(answers.asked).toHaveLength(1);
    await world.apply(logging('two'));
    expect(answers.asked).toHaveLength(2);
  });

  it('that is refused leaves the last good, and says where and what', async () => {
    const answers = stage(ok, refused);
    const world = await live(answers);
    const before = children(world);
    const digest = record(world)?.digest;
    await world.apply(logging('two'));
    expect(children(world)).toEqual(before);
    expect(condition(world, 'Accepted')).toMatchObject({ status: 'False', reason: 'TrialRefused' });
    expect(condition(world, 'LastGood')).toMatchObject({ status: 'True', reason: 'KeptLastGood' });
    expect(condition(world, 'Stalled')).toMatchObject({ status: 'True', reason: 'TrialRefused' });
    const [problem] = world.problems('LoggingConfiguration', 'logs');
    expect(problem).toMatchObject({ reason: 'TrialRefused', path: 'spec.filters[0]' });
    expect(problem?.message).toContain('Fluent Bit 5.1.1 does not run with it: [filter:grep] could not compile');
    expect(record(world)?.digest).not.toBe(digest);
    // It is known now, and nobody is asked; back to what was good asks, as only the last verdict is on record.
    world.engine.resync();
    await world.settle();
    expect(answers.asked).toHaveLength(2);
    expect(condition(world, 'Accepted')).toMatchObject({ status: 'False', reason: 'TrialRefused' });
    answers.answer = ok;
    await world.apply(logging('one'));
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
    expect(world.problems('LoggingConfiguration', 'logs')).toEqual([]);
  });

  it('that takes its time keeps the last good until it is over', async () => {
    const answers = stage(ok, 'pending', 'pending', ok);
    const world = await live(answers);
    const before = children(world);
    await world.apply(logging('two'));
    expect(children(world)).toEqual(before);
    expect(condition(world, 'Accepted')).toMatchObject({ status: 'False', reason: 'TrialPending' });
    expect(condition(world, 'Reconciling')).toMatchObject({ status: 'True', reason: 'TrialPending' });
    expect(condition(world, 'Stalled')).toBeUndefined();
    for (let passes = 0; passes < 2; passes++) {
      world.turn(10_000);
      await world.settle();
    }
    expect(answers.asked).toHaveLength(4);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
    expect(world.file('logs')).toContain('/two');
  });

  it('writes nothing at first while it is pending', async () => {
    const answers = stage('pending');
    const world = await start(answers);
    await world.apply(secret('t0ken'), logging('one'));
    expect(children(world)).toEqual([undefined, undefined]);
    expect(condition(world, 'LastGood')).toMatchObject({ status: 'False', reason: 'NothingInForce' });
    answers.answer = ok;
    world.turn(10_000);
    await world.settle();
    expect(world.file('logs')).toContain('/one');
  });

  it.each<[string, Answer, number]>([
    ['nobody answers', 'unavailable', 61],
    ['it cannot be done', { verdict: 'skipped', version: '5.1.1', message: 'It was built without kafka.' }, 301],
  ])('goes by the other checks where %s, and is asked for again later', async (_, answer, seconds) => {
    const answers = stage(ok, answer);
    const world = await live(answers);
    await world.apply(logging('two'));
    expect(world.file('logs')).toContain('/two');
    expect(condition(world, 'Accepted')).toMatchObject({ status: 'True', reason: 'TrialSkipped' });
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
    const asked = answers.asked.length;
    answers.answer = ok;
    world.turn(seconds * 1000);
    await world.settle();
    expect(answers.asked.length).toBeGreaterThan(asked);
    expect(condition(world, 'Accepted')).toMatchObject({ status: 'True', reason: 'Accepted' });
    expect(record(world)).toMatchObject({ verdict: 'ok' });
  });

  it('is not asked for what is wrong already, is suspended or is switched off', async () => {
    const answers = stage();
    const world = await live(answers);
    await world.apply(logging('two', { filters: [{ plugin: 'nothing' }] }));
    await world.apply(logging('three', { suspend: true }));
    await world.apply(logging('four', { enabled: false }));
    expect(answers.asked).toHaveLength(1);
    expect(record(world)).toMatchObject({ verdict: 'ok' });
    await world.apply(logging('one'));
    expect(answers.asked).toHaveLength(1);
  });

  it('is remembered through a new digest key, as long as the old one is believed', async () => {
    const answers = stage();
    const world = await live(answers);
    const objects = [
      world.get('LoggingConfiguration', 'logs'),
      world.get('Secret', 'cls'),
      ...children(world),
    ] as KubernetesObject[];
    for (const [digestKeys, times] of [
      [['new', ...defaultSettings.digestKeys], 0],
      [['new'], 1],
    ] as const) {
      const others = stage();
      const after = await start(others, { digestKeys });
      for (const object of objects) {
        const created = await after.store.create(structuredClone(object));
        if (object['status'] !== undefined) await after.store.updateStatus({ ...created, status: object['status'] });
      }
      await after.settle();
      expect(others.asked).toHaveLength(times);
    }
  });

  it('that a ServiceBindingConfig waits for or fails by shows in its status', async () => {
    const answers = stage('pending', refused);
    const world = await start(answers);
    const outputs = [{ plugin: 'http', properties: { host: '$(host)' } }];
    const template = make.template('t', { placeholders: [{ name: 'host', secretKey: 'endpoint' }], outputs });
    const binding = make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' } });
    await world.apply(template, bindingSecret('cls', { endpoint: 'a.example.com' }, 'plain'), binding);
    const ready = () => world.condition('ServiceBindingConfig', 'logs', 'Ready');
    expect(ready()).toMatchObject({ status: 'False', reason: 'TrialPending' });
    expect(world.condition('ServiceBindingConfig', 'logs', 'Reconciling')).toMatchObject({ status: 'True' });
    world.turn(10_000);
    await world.settle();
    expect(ready()).toMatchObject({ status: 'False', reason: 'TrialRefused' });
    expect(ready()?.message).toContain('could not compile');
    expect(world.condition('ServiceBindingConfig', 'logs', 'Stalled')).toMatchObject({ status: 'True' });
  });
});

it('hooks answer at once where no trial is configured', async () => {
  const replies: unknown[] = [];
  const { controllers } = await import('../../hooks/controllers/index.ts');
  const { hooksOf } = await import('../../hooks/kit/invoke.ts');
  for (const controller of controllers.filter((one) => one.parent.kind === 'LoggingConfiguration')) {
    const request = { parent: logging('one'), children: {}, related: {}, finalizing: false };
    replies.push(hooksOf(controller).sync?.(request, { now: new Date(), settings: defaultSettings }));
  }
  expect(replies).toHaveLength(1);
  expect(replies[0]).not.toBeInstanceOf(Promise);
});
