import {
  avroOf,
  EndpointCreated,
  endpointTopics,
  type LabelledExample,
  type LearnerPlan,
  labelledRecord,
  type ModelSignature,
  type SignatureInput,
  StartLearner,
  sampleOf,
  Topics,
  topicConfig,
} from '@millrace/contracts';
import { TestThenTrain } from '@millrace/learning';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { eventually, type Fact, seededRandom } from '@millrace/testing';
import { onlinePlanOf } from '../src/learners/plan-of';
import type { TrainingUnderTest } from './training-under-test';

export const ENDPOINT = 'flights-late';
const BATCH = 250;

const input = (name: string, type: SignatureInput['type'], optional = false): SignatureInput => ({
  name,
  field: name,
  type,
  rank: 2,
  width: 1,
  optional,
  closed: false,
  min: null,
  max: null,
  categories: null,
  meaning: name,
});
const signature: ModelSignature = {
  inputs: [input('origin', 'STRING', true), input('distance', 'FLOAT', true), input('departure', 'INT64')],
  outputs: [{ name: 'probability', field: 'probability', type: 'FLOAT', rank: 2, width: 1, meaning: 'Of late' }],
};
const feature = (name: string, kind: 'CATEGORY' | 'NUMBER' | 'TIME') => ({
  name,
  column: name,
  kind,
  closed: false,
  meaning: name,
});
export const plan: LearnerPlan = {
  algorithm: 'logistic-ftrl',
  features: [feature('origin', 'CATEGORY'), feature('distance', 'NUMBER'), feature('departure', 'TIME')],
  parameters: {},
  guard: {},
  window: 500,
  detector: 'adwin',
  releasedOutput: 'probability',
};

export const start = (learner: string, change: Partial<StartLearner> = {}): StartLearner => ({
  learner,
  endpoint: ENDPOINT,
  major: 1,
  plan,
  reportEvery: 500,
  snapshots: null,
  ...change,
});

const random = seededRandom(7);
/** Some labels are none: they are counted, not learned from. Some features are missing. */
export const examples = Array.from({ length: 6_000 }, (_, index): LabelledExample => {
  const origin = `O${Math.floor(random() * 12)}`;
  const distance = 100 + random() * 3_000;
  const late = random() < (origin < 'O3' ? 0.6 : 0.15) ? 1 : 0;
  const features = {
    origin: index % 89 === 88 ? null : origin,
    distance: index % 13 === 12 ? null : Math.fround(distance),
    departure: 988_700_000_000 + index * 60_000,
  };
  return {
    requestId: `r-${index}`,
    requestPartition: 0,
    requestOffset: index,
    eventTime: null,
    features,
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
    label: index % 997 === 996 ? 7 : late,
  };
});

/**
 * What a learner knows that is fed examples here, undisturbed by any service.
 *
 * @param offsetOf the offset at which an example stands first; its index by default.
 */
export function fed(
  some: readonly LabelledExample[],
  of: LearnerPlan = plan,
  offsetOf: (index: number) => number = (index) => index,
): TestThenTrain {
  const learner = TestThenTrain.start(onlinePlanOf(of));
  for (const [index, { features, label, outputs }] of some.entries()) {
    const releasedProbability = outputs!.probability as number;
    learner.take({ features, label, releasedProbability, offset: offsetOf(index) });
  }
  return learner;
}

/** The labelled examples of an endpoint, as ingestion writes them, and the learners on them. */
export class LabelledStream {
  private constructor(
    private readonly service: TrainingUnderTest,
    private readonly major: number,
    private readonly topic: string,
  ) {}

  static async open(service: TrainingUnderTest, major = 1): Promise<LabelledStream> {
    const topic = endpointTopics(ENDPOINT, major).labelled;
    await service.kafka.admin.createTopics([{ name: topic.name, partitions: 1, config: topicConfig(topic) }]);
    const endpoint = { ...sampleOf(EndpointCreated), aggregateVersion: major, endpoint: ENDPOINT, major, signature };
    await service.publish(EndpointCreated, ENDPOINT, endpoint as EndpointCreated);
    return new LabelledStream(service, major, topic.name);
  }

  /** @param at Kafka timestamp of the records; now by default. */
  async send(some: readonly LabelledExample[], at?: number): Promise<void> {
    const { kafka, schemas } = this.service;
    const schema = parseSchema(JSON.stringify(avroOf(labelledRecord(ENDPOINT, this.major, signature))));
    const id = await schemas.register(`${this.topic}-value`, schema);
    const codec = AvroCodec.of<LabelledExample>(schema);
    const records = some.map((example) => ({
      key: Buffer.from(example.requestId),
      value: frame(id, codec.encode(example)),
      ...(at === undefined ? {} : { timestamp: at }),
    }));
    const producer = kafka.idempotentProducer();
    for (let from = 0; from < records.length; from += BATCH)
      await producer.send(this.topic, records.slice(from, from + BATCH));
    await producer.close();
  }

  /** Sends the command until the endpoint is known: it is folded from another topic than the commands come from. */
  async startLearner(command: StartLearner): Promise<Fact> {
    return eventually(
      async () => {
        const id = await this.service.command(StartLearner, command.learner, command);
        const answer = await this.service.answer(Topics.learners, id);
        if (answer.data.reasonCode === 'UNKNOWN_ENDPOINT') throw new Error('the endpoint is not known yet');
        return answer;
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );
  }

  /** Waits until what a learner knows, and its position, have been saved. */
  async learnedUpTo(learner: string, offset: number): Promise<void> {
    const sql = 'SELECT next_offset AS at FROM learner_states WHERE learner = $1';
    const rows = () => this.service.query<{ at: string }[]>(sql, [learner]);
    await this.service.until(`learning up to ${offset}`, rows, ([row]) => Number(row?.at) >= offset);
  }

  /** The facts of one kind about a learner; a repeat that the outbox published twice counts once. */
  async facts<T>(learner: string, { fullName }: { readonly fullName: string }): Promise<T[]> {
    const facts = await this.service.facts(Topics.learners);
    const ours = facts.filter(({ record, key }) => record === fullName && key === learner);
    return [...new Map(ours.map(({ data }) => [data.aggregateVersion, data as T])).values()];
  }

  /** The first fact of a kind that is as wanted. */
  async fact<T>(learner: string, record: { readonly fullName: string }, wanted: (data: T) => boolean): Promise<T> {
    return eventually(
      async () => {
        const found = (await this.facts<T>(learner, record)).find(wanted);
        if (!found)
          throw new Error(`no such ${record.fullName} of ${learner} yet. Training says:\n${this.service.output}`);
        return found;
      },
      { timeoutMs: 45_000, everyMs: 250 },
    );
  }
}
