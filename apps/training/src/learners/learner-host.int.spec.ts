import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  LearnerRefused,
  LearnerReported,
  LearnerStarted,
  LearnerStopped,
  StartLearner,
  StopLearner,
  Topics,
} from '@millrace/contracts';
import { seededRandom } from '@millrace/testing';
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

const report = (learner: string, taken: number) =>
  stream.fact<LearnerReported>(learner, LearnerReported, (one) => one.taken === taken);

/** Lets every other transaction that saves what a learner knows fail, as one that conflicts with another does. */
async function failEveryOther(): Promise<void> {
  await service.query('CREATE SEQUENCE save_tries');
  await service.query(
    `CREATE FUNCTION fail_every_other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF nextval('save_tries') % 2 = 1 THEN RAISE EXCEPTION 'a conflict' USING ERRCODE = 'serialization_failure'; END IF;
       RETURN NEW; END $$`,
  );
  await service.query(
    'CREATE TRIGGER fail_every_other BEFORE UPDATE ON learner_states FOR EACH ROW EXECUTE FUNCTION fail_every_other()',
  );
}

const policy = { model: 'm', everyExamples: 1_000, everySeconds: null, releaseWhenBetterBy: null };

describe('training > learners', () => {
  // Seven starts of a service: on a machine with much else to do they take their time.
  it('learns from the stream, says how it stands, and keeps its state through kills', async () => {
    expect(await stream.startLearner(start('steady'))).toMatchObject({ record: LearnerStarted.fullName });
    await stream.send(examples.slice(0, 3_000));
    const first = await report('steady', 3_000);
    const whole = fed(examples.slice(0, 3_000));
    expect(first).toMatchObject({
      offset: 3_000,
      stateHash: whole.hash(),
      window: 500,
      learned: whole.counts().learned,
    });
    expect(first.refused).toMatchObject({ LABEL_OUT_OF_RANGE: 3 });
    expect(first.errors).toMatchObject({ detector: 'adwin', rose: whole.changes().rose, fell: whole.changes().fell });
    expect(first.scores.logLoss).toBeCloseTo(whole.report().learner.logLoss, 12);
    expect(first.beside!.released.logLoss).toBeGreaterThan(first.beside!.learner.logLoss!);

    const random = seededRandom(5);
    for (let kill = 0; kill <= 5; kill++) {
      const some = examples.slice(3_000 + 500 * kill, 3_500 + 500 * kill);
      await stream.send(some);
      // First when all is learned, so that another process meets the repeats; then at random, five times.
      if (kill === 0) await stream.learnedUpTo('steady', 3_500);
      else await sleep(random() * 300);
      await service.die();
      // As an outbox does that was killed before it knew what it had published.
      await stream.send(some.slice(-100));
      await service.start(WORKERLESS);
    }
    // From 3,000 on the last 100 of each 500 stand on the log twice.
    const offsetOf = (index: number) => index + 100 * Math.max(0, Math.floor((index - 3_000) / 500));
    expect((await report('steady', 6_000)).stateHash).toBe(fed(examples, plan, offsetOf).hash());
    const versions = (await service.facts(Topics.learners)).filter(({ key }) => key === 'steady');
    const distinct = new Set(versions.map(({ data }) => data.aggregateVersion));
    expect([...distinct].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: distinct.size }, (_, index) => index + 1),
    );

    // A transaction that fails has learned in memory, and told, what is not in the database.
    const more = examples.slice(0, 500).map((one, index) => ({ ...one, requestOffset: 6_000 + index }));
    await failEveryOther();
    await stream.send(more);
    expect((await report('steady', 6_500)).stateHash).toBe(fed([...examples, ...more], plan, offsetOf).hash());
    expect(await service.query('SELECT last_value AS tries FROM save_tries')).not.toEqual([{ tries: '1' }]);
    await service.query('DROP FUNCTION fail_every_other CASCADE');
    await service.query('DROP SEQUENCE save_tries');
  }, 240_000);

  it('stops, and begins anew under another name with what another plan says', async () => {
    const stop = await service.command(StopLearner, 'steady', { learner: 'steady', reason: 'a test' });
    expect(await service.answer(Topics.learners, stop)).toMatchObject({ record: LearnerStopped.fullName });
    const tree = start('tree', { plan: { ...plan, algorithm: 'hoeffding-tree' }, reportEvery: 2_000 });
    expect(await stream.startLearner(tree)).toMatchObject({ record: LearnerStarted.fullName });
    expect((await report('tree', 6_000)).taken).toBe(6_000);
    expect(await stream.facts('tree', LearnerReported)).toHaveLength(3);
  });

  it.each<[string, Partial<StartLearner>, string]>([
    ['a name that is none', { learner: 'Not A Name' }, 'BAD_NAME'],
    ['an endpoint that is none', { endpoint: 'nowhere' }, 'UNKNOWN_ENDPOINT'],
    ['a major that is none', { major: 9 }, 'UNKNOWN_ENDPOINT'],
    ['an algorithm that is none', { plan: { ...plan, algorithm: 'oracle' } }, 'LEARNER_PLAN_INVALID'],
    ['a setting out of bounds', { plan: { ...plan, parameters: { alpha: -1 } } }, 'LEARNER_PLAN_INVALID'],
    ['an unknown setting', { plan: { ...plan, parameters: { magic: 1 } } }, 'LEARNER_PLAN_INVALID'],
    ['no features', { plan: { ...plan, features: [] } }, 'LEARNER_PLAN_INVALID'],
    ['a window that is too small', { plan: { ...plan, window: 1 } }, 'LEARNER_PLAN_INVALID'],
    ['a detector that is none', { plan: { ...plan, detector: 'ear' } }, 'LEARNER_PLAN_INVALID'],
    ['no reports', { reportEvery: 0 }, 'LEARNER_PLAN_INVALID'],
    ['a name that is taken', { learner: 'tree' }, 'LEARNER_EXISTS'],
    ['snapshots that are never due', { snapshots: { ...policy, everyExamples: null } }, 'LEARNER_PLAN_INVALID'],
    ['a snapshot every few examples', { snapshots: { ...policy, everyExamples: 10 } }, 'LEARNER_PLAN_INVALID'],
    ['a snapshot every moment', { snapshots: { ...policy, everySeconds: 0 } }, 'LEARNER_PLAN_INVALID'],
    ['a model that is no name', { snapshots: { ...policy, model: 'A Model' } }, 'LEARNER_PLAN_INVALID'],
    ['a negative margin', { snapshots: { ...policy, releaseWhenBetterBy: -1 } }, 'LEARNER_PLAN_INVALID'],
    [
      'a margin over a released model that it does not see',
      { plan: { ...plan, releasedOutput: null }, snapshots: { ...policy, releaseWhenBetterBy: 0.1 } },
      'LEARNER_PLAN_INVALID',
    ],
  ])('refuses %s', async (_, change, reasonCode) => {
    const command = start(`bad-${randomUUID().slice(0, 8)}`, change);
    const id = await service.command(StartLearner, command.learner, command);
    expect(await service.answer(Topics.learners, id)).toMatchObject({
      record: LearnerRefused.fullName,
      data: { reasonCode },
    });
  });

  it('refuses to stop what does not learn', async () => {
    const unknown = await service.command(StopLearner, 'nobody', { learner: 'nobody', reason: '' });
    const twice = await service.command(StopLearner, 'steady', { learner: 'steady', reason: '' });
    const codes = [await service.answer(Topics.learners, unknown), await service.answer(Topics.learners, twice)];
    expect(codes.map(({ data }) => data.reasonCode)).toEqual(['UNKNOWN_LEARNER', 'LEARNER_STOPPED']);
  });

  it('rebuilds what learners know, learning once more from the log up to where each stood', async () => {
    const { tables } = await service.rebuild();
    expect(tables.filter(({ difference }) => difference)).toEqual([]);
    const rows = Object.fromEntries(tables.map((one) => [one.table, one.rows]));
    expect([rows.learner_states, rows.learners, rows.endpoints].every((count) => Number(count) > 0)).toBe(true);
  });
});
