import {
  ForkLearner,
  LearnerForked,
  LearnerRefused,
  LearnerReported,
  LearnerRolledBack,
  type RecordSchema,
  RollBackLearner,
  StopLearner,
  Topics,
} from '@millrace/contracts';
import { examples, fed, LabelledStream, plan, start } from '../../test/labelled-stream';
import { TrainingUnderTest } from '../../test/training-under-test';

let service: TrainingUnderTest;
let stream: LabelledStream;
const WORKERLESS = { MILLRACE_TRAINING_WORKERS: '0' };

beforeAll(async () => {
  service = await TrainingUnderTest.prepare();
  await service.start(WORKERLESS);
  stream = await LabelledStream.open(service);
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

const poisoned = examples.slice(3_000, 3_600).map((one) => ({ ...one, label: one.label === 1 ? 0 : 1 }));

const reportAt = (learner: string, offset: number, taken = offset) =>
  stream.fact<LearnerReported>(learner, LearnerReported, (one) => one.offset === offset && one.taken === taken);

async function ask<T extends { learner: string }>(record: RecordSchema<T>, command: T) {
  return service.answer(Topics.learners, await service.command(record, command.learner, command));
}

describe('training > learners > fork and roll back', () => {
  it('forks a learner at any offset, to the hash that the log up to there gives, and lets it learn on', async () => {
    await stream.startLearner(start('one'));
    await stream.send(examples.slice(0, 3_000));
    await reportAt('one', 3_000);
    const fork = await ask(ForkLearner, { learner: 'two', from: 'one', to: 1_234 });
    expect(fork).toMatchObject({ record: LearnerForked.fullName, data: { from: 'one', offset: 1_234, leftOut: [] } });
    expect((await reportAt('two', 1_234)).stateHash).toBe(fed(examples.slice(0, 1_234)).hash());
    expect((await reportAt('two', 3_000)).stateHash).toBe(fed(examples.slice(0, 3_000)).hash());
    const told = await stream.facts<LearnerReported>('two', LearnerReported);
    expect(told.map(({ offset }) => offset)).toEqual([1_234, 1_500, 2_000, 2_500, 3_000]);
  });

  it('rolls a learner back to the hash that the log up to there gives, killed on the way or not', async () => {
    await stream.send(poisoned);
    expect((await reportAt('one', 3_500)).stateHash).not.toBe(fed(examples.slice(0, 3_500)).hash());
    await stream.fact<LearnerReported>('two', LearnerReported, ({ offset }) => offset === 3_500);
    const fork = await ask(ForkLearner, { learner: 'end', from: 'one', to: null });
    const reached = (fork.data as unknown as LearnerForked).offset;
    await reportAt('end', reached);
    const back = await ask(RollBackLearner, { learner: 'one', to: 2_750, reason: 'poison' });
    await service.die();
    expect(back).toMatchObject({
      record: LearnerRolledBack.fullName,
      data: { offset: 2_750, reached, leftOut: [{ from: 2_750, to: reached }], reason: 'poison', by: 'ann' },
    });
    await service.start(WORKERLESS);
    expect((await reportAt('one', 2_750)).stateHash).toBe(fed(examples.slice(0, 2_750)).hash());

    await stream.send(examples.slice(3_600, 4_600));
    const kept = [...examples.slice(0, 2_750), ...poisoned.slice(reached - 3_000), ...examples.slice(3_600, 4_600)];
    const offsetOf = (index: number) => (index < 2_750 ? index : index - 2_750 + reached);
    const taken = 3_500;
    const after = await reportAt('one', offsetOf(taken - 1) + 1, taken);
    expect(after.stateHash).toBe(fed(kept.slice(0, taken), plan, offsetOf).hash());
  });

  it.each<[string, () => Promise<{ record: string; data: Record<string, unknown> }>, string]>([
    ['a fork of nobody', () => ask(ForkLearner, { learner: 'x', from: 'nobody', to: 1 }), 'UNKNOWN_LEARNER'],
    ['a fork to the future', () => ask(ForkLearner, { learner: 'x', from: 'one', to: 1e12 }), 'OFFSET_NOT_REACHED'],
    ['a fork to before the log', () => ask(ForkLearner, { learner: 'x', from: 'one', to: -1 }), 'OFFSET_NOT_REACHED'],
    [
      'a fork under a name that is taken',
      () => ask(ForkLearner, { learner: 'two', from: 'one', to: 1 }),
      'LEARNER_EXISTS',
    ],
    ['a fork under no name', () => ask(ForkLearner, { learner: 'No Name', from: 'one', to: 1 }), 'BAD_NAME'],
    ['to roll back nobody', () => ask(RollBackLearner, { learner: 'nobody', to: 1, reason: '' }), 'UNKNOWN_LEARNER'],
    [
      'to roll back to the future',
      () => ask(RollBackLearner, { learner: 'one', to: 1e12, reason: '' }),
      'OFFSET_NOT_REACHED',
    ],
    [
      'to roll back to before the log',
      () => ask(RollBackLearner, { learner: 'one', to: -1, reason: '' }),
      'OFFSET_NOT_REACHED',
    ],
    [
      'to roll back what was stopped',
      async () => {
        await ask(StopLearner, { learner: 'end', reason: '' });
        return ask(RollBackLearner, { learner: 'end', to: 1, reason: '' });
      },
      'LEARNER_STOPPED',
    ],
  ])('refuses %s', async (_, attempt, reasonCode) => {
    expect(await attempt()).toMatchObject({ record: LearnerRefused.fullName, data: { reasonCode } });
  });

  it('rebuilds what they know, what was left out included', async () => {
    const { tables } = await service.rebuild();
    expect(tables.filter(({ difference }) => difference)).toEqual([]);
  });

  it('learns from the log again, and tells nothing twice, when its state is of another version or damaged', async () => {
    await service.stop();
    await service.query("UPDATE learner_states SET state = '\\x00' WHERE learner = 'two'");
    await service.start(WORKERLESS);
    await stream.send(examples.slice(4_600, 5_100));
    const whole = [...examples.slice(0, 3_000), ...poisoned, ...examples.slice(3_600, 5_000)];
    expect((await reportAt('two', 5_000)).stateHash).toBe(fed(whole).hash());
    const offsets = (await stream.facts<LearnerReported>('two', LearnerReported)).map(({ offset }) => offset);
    expect(offsets).toEqual([1_234, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500, 5_000]);
  });
});
