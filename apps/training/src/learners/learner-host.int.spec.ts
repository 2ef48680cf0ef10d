import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  avroOf,
  EndpointCreated,
  endpointTopics,
  type LabelledExample,
  type LearnerPlan,
  LearnerRefused,
  LearnerReported,
  LearnerStarted,
  LearnerStopped,
  labelledRecord,
  type ModelSignature,
  StartLearner,
  StopLearner,
  sampleOf,
  Topics,
  topicConfig,
} from '@millrace/contracts';
import { TestThenTrain } from '@millrace/learning';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { eventually, seededRandom } from '@millrace/testing';
import { TrainingUnderTest } from '../../test/training-under-test';
import { onlinePlanOf } from './plan-of';

const ENDPOINT = 'flights-late';
const TOPIC = endpointTopics(ENDPOINT, 1).labelled;
const input = (name: string, type: 'STRING' | 'DOUBLE' | 'INT64') => ({
  name,
  field: name,
  type,
  rank: 2,
  width: 1,
  optional: false,
  closed: false,
  min: null,
  max: null,
  categories: null,
  meaning: name,
});
const signature: ModelSignature = {
  inputs: [input('origin', 'STRING'), input('distance', 'DOUBLE'), input('departure', 'INT64')],
  outputs: [{ name: 'probability', field: 'probability', type: 'DOUBLE', rank: 1, width: 1, meaning: 'Of late' }],
};
const feature = (name: string, kind: 'CATEGORY' | 'NUMBER' | 'TIME') => ({
  name,
  column: name,
  kind,
  closed: false,
  meaning: name,
});
const plan: LearnerPlan = {
  algorithm: 'logistic-ftrl',
  features: [feature('origin', 'CATEGORY'), feature('distance', 'NUMBER'), feature('departure', 'TIME')],
  parameters: {},
  guard: {},
  window: 500,
  detector: 'adwin',
  releasedOutput: 'probability',
};
const start = (learner: string, change: Partial<StartLearner> = {}): StartLearner => ({
  learner,
  endpoint: ENDPOINT,
  major: 1,
  plan,
  reportEvery: 500,
  ...change,
});

const random = seededRandom(7);
const examples = Array.from({ length: 6_000 }, (_, index): LabelledExample => {
  const origin = `O${Math.floor(random() * 12)}`;
  const distance = 100 + random() * 3_000;
  const late = random() < (origin < 'O3' ? 0.6 : 0.15) ? 1 : 0;
  return {
    requestId: `r-${index}`,
    requestPartition: 0,
    requestOffset: index,
    eventTime: null,
    features: { origin, distance, departure: 988_700_000_000 + index * 60_000 },
    responseOffset: index,
    status: 'PREDICTED',
    outputs: { probability: 0.2 },
    model: 'm',
    version: 1,
    modelDigest: 'd',
    arm: 'main',
    releaseRevision: 1,
    decidedAt: 0,
    outcomePartition: 0,
    outcomeOffset: index,
    outcomeTime: null,
    // Some labels are none: they are counted, not learned from.
    label: index % 997 === 996 ? 7 : late,
  };
});

let service: TrainingUnderTest;
const WORKERLESS = { MILLRACE_TRAINING_WORKERS: '0' };

beforeAll(async () => {
  service = await TrainingUnderTest.prepare();
  await service.start(WORKERLESS);
  await service.kafka.admin.createTopics([{ name: TOPIC.name, partitions: 1, config: topicConfig(TOPIC) }]);
  const endpoint = { ...sampleOf(EndpointCreated), aggregateVersion: 1, endpoint: ENDPOINT, major: 1, signature };
  await service.publish(EndpointCreated, ENDPOINT, endpoint as EndpointCreated);
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

async function send(some: readonly LabelledExample[]): Promise<void> {
  const schema = parseSchema(JSON.stringify(avroOf(labelledRecord(ENDPOINT, 1, signature))));
  const id = await service.schemas.register(`${TOPIC.name}-value`, schema);
  const codec = AvroCodec.of<LabelledExample>(schema);
  const producer = service.kafka.idempotentProducer();
  for (let at = 0; at < some.length; at += 250)
    await producer.send(
      TOPIC.name,
      some
        .slice(at, at + 250)
        .map((example) => ({ key: Buffer.from(example.requestId), value: frame(id, codec.encode(example)) })),
    );
  await producer.close();
}

/** What a learner knows that nothing disturbs. */
function undisturbed(count: number) {
  const learner = TestThenTrain.start(onlinePlanOf(plan));
  examples.slice(0, count).forEach(({ features, label, outputs }, index) => {
    // From 3,000 on the last 100 of each 600 are sent once more.
    const offset = index + 100 * Math.max(0, Math.floor((index - 3_000) / 600));
    learner.take({ features, label, releasedProbability: outputs!.probability as number, offset });
  });
  return learner;
}

const reportsOf = async (learner: string) =>
  (await service.facts(Topics.learners))
    .filter(({ record, key }) => record === LearnerReported.fullName && key === learner)
    .map(({ data }) => data as unknown as LearnerReported);

async function report(learner: string, taken: number): Promise<LearnerReported> {
  return eventually(
    async () => {
      const found = (await reportsOf(learner)).find((one) => one.taken === taken);
      expect(found).toBeDefined();
      return found!;
    },
    { timeoutMs: 90_000, everyMs: 250 },
  );
}

/** The endpoint is folded from another topic than the commands come from. */
async function answerTo(learner: string, command: StartLearner) {
  return eventually(
    async () => {
      const id = await service.command(StartLearner, learner, command);
      const answer = await service.answer(Topics.learners, id);
      if (answer.data.reasonCode === 'UNKNOWN_ENDPOINT') throw new Error('the endpoint is not known yet');
      return answer;
    },
    { timeoutMs: 60_000, everyMs: 250 },
  );
}

describe('training > learners', () => {
  it('learns from the stream, says how it stands, and keeps its state through kills', async () => {
    expect(await answerTo('steady', start('steady'))).toMatchObject({ record: LearnerStarted.fullName });
    await send(examples.slice(0, 3_000));
    const first = await report('steady', 3_000);
    const whole = undisturbed(3_000);
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

    for (let kill = 0; kill < 5; kill++) {
      await send(examples.slice(3_000 + 600 * kill, 3_600 + 600 * kill));
      // As an outbox does that was killed before it knew what it had published.
      await send(examples.slice(3_500 + 600 * kill, 3_600 + 600 * kill));
      await sleep(37 * kill);
      await service.die();
      await service.start(WORKERLESS);
    }
    expect((await report('steady', 6_000)).stateHash).toBe(undisturbed(6_000).hash());
    const versions = (await service.facts(Topics.learners)).filter(({ key }) => key === 'steady');
    const distinct = new Set(versions.map(({ data }) => data.aggregateVersion));
    expect([...distinct].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: distinct.size }, (_, index) => index + 1),
    );
  });

  it('stops, and begins anew under another name with what another plan says', async () => {
    const stop = await service.command(StopLearner, 'steady', { learner: 'steady', reason: 'a test' });
    expect(await service.answer(Topics.learners, stop)).toMatchObject({ record: LearnerStopped.fullName });
    const tree = start('tree', { plan: { ...plan, algorithm: 'hoeffding-tree' }, reportEvery: 2_000 });
    expect(await answerTo('tree', tree)).toMatchObject({ record: LearnerStarted.fullName });
    expect((await report('tree', 6_000)).taken).toBe(6_000);
    expect(await reportsOf('tree')).toHaveLength(3);
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
