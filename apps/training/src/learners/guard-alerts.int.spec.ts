import {
  LearnerGuardReleased,
  LearnerGuardTripped,
  LearnerReported,
  LearnerRolledBack,
  RollBackLearner,
  Topics,
} from '@millrace/contracts';
import { examples, fed, LabelledStream, start } from '../../test/labelled-stream';
import { TrainingUnderTest } from '../../test/training-under-test';

let service: TrainingUnderTest;
let stream: LabelledStream;
const WORKERLESS = { MILLRACE_TRAINING_WORKERS: '0' };
/** Labels that are none are 0 here: a single kind of trouble at a time. */
const clean = examples.map((one) => ({ ...one, label: one.label === 7 ? 0 : one.label }));
/** From 2,000 on half of 1,000 labels are the other one; at 4,000 one is none. */
const troubled = clean.map((one, index) => {
  if (index === 4_000) return { ...one, label: 7 };
  return index >= 2_000 && index < 3_000 && index % 2 === 0 ? { ...one, label: 1 - one.label } : one;
});

beforeAll(async () => {
  service = await TrainingUnderTest.prepare();
  await service.start(WORKERLESS);
  stream = await LabelledStream.open(service);
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

type Change = LearnerGuardTripped | LearnerGuardReleased;

async function guardOf(learner: string) {
  const facts = await service.facts(Topics.learners);
  const kinds = [LearnerGuardTripped, LearnerGuardReleased].map(({ fullName }) => fullName);
  const ours = facts.filter(({ key, record }) => key === learner && kinds.includes(record));
  const changes = new Map(ours.map((fact) => [fact.data.aggregateVersion, fact]));
  return [...changes.values()].map(({ record, data }) => {
    const { trip, offset } = data as unknown as Change;
    return `${trip} ${record === LearnerGuardTripped.fullName ? 'tripped' : 'released'} ${offset}`;
  });
}

/** Where the guard of an undisturbed learner closes and opens. */
function bursts() {
  const learner = fed([]);
  let closed = false;
  return troubled.flatMap((example, index) => {
    const { features, label } = example;
    const { refused } = learner.take({ features, label, releasedProbability: 0.2, offset: index });
    const now = refused === 'LABEL_OUT_OF_RANGE' ? closed : refused === 'LOSS_BURST';
    if (now === closed) return [];
    closed = now;
    return [`BURST ${now ? 'tripped' : 'released'} ${index + 1}`];
  });
}

describe('training > learners > guard', () => {
  it('tells when it keeps away more than is usual, and when no more, each once and through kills', async () => {
    await stream.startLearner(start('guarded'));
    await stream.send(troubled.slice(0, 2_600));
    await service.die();
    await service.start(WORKERLESS);
    await stream.send(troubled.slice(2_600, 4_500));
    // The bad label of 4,000 is behind for the process that is to say when labels are as usual again.
    await stream.learnedUpTo('guarded', 4_500);
    await service.die();
    await service.start(WORKERLESS);
    await stream.send(troubled.slice(4_500));
    await stream.fact<LearnerReported>('guarded', LearnerReported, ({ taken }) => taken === 6_000);
    const told = await guardOf('guarded');
    expect(bursts().length).toBeGreaterThan(1);
    expect(told.filter((one) => one.startsWith('BURST'))).toEqual(bursts());
    expect(told.filter((one) => one.startsWith('LABELS'))).toEqual(['LABELS tripped 4001', 'LABELS released 5001']);
    const tripped = await stream.facts<LearnerGuardTripped>('guarded', LearnerGuardTripped);
    expect(tripped.find(({ trip }) => trip === 'LABELS')).toMatchObject({
      taken: 4_001,
      refused: expect.objectContaining({ LABEL_OUT_OF_RANGE: 1 }),
    });
  });

  it('takes back what it told of examples that were rolled back, and tells nothing twice', async () => {
    const before = await guardOf('guarded');
    const again = { learner: 'guarded', to: 1_900, reason: 'poison' };
    const back = await service.answer(Topics.learners, await service.command(RollBackLearner, 'guarded', again));
    const { reached } = back.data as unknown as LearnerRolledBack;
    expect(reached).toBe(6_000);
    await stream.send(clean.slice(0, 1_000).map((one, index) => ({ ...one, requestOffset: 6_000 + index })));
    await stream.fact<LearnerReported>(
      'guarded',
      LearnerReported,
      ({ offset, taken }) => offset > 6_000 && taken === 2_500,
    );
    const after = await guardOf('guarded');
    expect(after.slice(0, before.length)).toEqual(before);
    const open =
      before.filter((one) => one.includes('tripped')).length - before.filter((one) => one.includes('released')).length;
    expect(after.slice(before.length).filter((one) => one.includes('released'))).toHaveLength(open);
  });
});
