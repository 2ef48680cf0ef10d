import {
  avroOf,
  type EndpointCreated,
  type LabelledExample,
  type LearnerReported,
  type LearnerStarted,
  labelledRecord,
  PoisonError,
  Topics,
} from '@millrace/contracts';
import { type ErrorChanges, type PrequentialMetrics, TestThenTrain } from '@millrace/learning';
import {
  AvroCodec,
  type Events,
  type FetchedPartition,
  FramedReader,
  type KafkaRecord,
  parseSchema,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import type { LearnerFact } from '../domain/learner';
import type { LearnerRepository } from '../persistence/learner.repository';
import { onlinePlanOf } from './plan-of';
import { RecentExamples } from './recent-examples';

export interface LearnerHostOptions {
  readonly started: LearnerStarted;
  readonly endpoint: EndpointCreated;
  readonly registry: SchemaRegistryClient;
  readonly repository: LearnerRepository;
  readonly events: Events;
  readonly now: () => number;
}

interface Example {
  readonly offset: number;
  readonly data: LabelledExample;
}

export interface LearningBatch {
  readonly topic: string;
  readonly nextOffset: number;
  readonly examples: readonly Example[];
  readonly buried: readonly { readonly record: KafkaRecord; readonly error: PoisonError }[];
}

/**
 * One learner on the labelled examples of an endpoint, in fold mode: what it knows and its position move in one database
 * transaction, so a killed process goes on as if nothing had been, to the same state hash.
 */
export class LearnerHost {
  private readonly reader: FramedReader<LabelledExample>;
  private learner: TestThenTrain | null = null;
  private recent = new RecentExamples();
  /** Offset that the learner in memory stands at; null while a batch is being folded or after one that failed. */
  private standsAt: number | null = null;

  constructor(private readonly options: LearnerHostOptions) {
    const { endpoint, registry } = options;
    const record = labelledRecord(endpoint.endpoint, endpoint.major, endpoint.signature);
    this.reader = new FramedReader(registry, AvroCodec.of(parseSchema(JSON.stringify(avroOf(record)))));
  }

  async prepare({ topic, records, nextOffset }: FetchedPartition): Promise<LearningBatch> {
    const examples: Example[] = [];
    const buried: { record: KafkaRecord; error: PoisonError }[] = [];
    while (records.next()) {
      const record = records.record();
      try {
        examples.push({ offset: record.offset, data: await this.reader.read(record.value) });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        buried.push({ record, error });
      }
    }
    return { topic, nextOffset, examples, buried };
  }

  async fold(batch: LearningBatch): Promise<void> {
    const { started, repository, events } = this.options;
    const learner = await this.current();
    this.standsAt = null;
    const reports: LearnerReported[] = [];
    const aggregate = await repository.load(started.learner);
    for (const { offset, data } of batch.examples) {
      if (!this.recent.take(data)) continue;
      const releasedProbability = this.releasedScore(data);
      learner.take({ features: data.features, label: data.label, releasedProbability, offset });
      if (learner.taken % started.reportEvery === 0)
        reports.push(this.report(learner, offset + 1, aggregate.version + reports.length + 1));
    }
    const { nextOffset } = batch;
    await repository.saveKnowledge(started.learner, {
      nextOffset,
      state: learner.state(),
      recent: this.recent.list(),
    });
    const facts = reports.map((data): LearnerFact => ({ type: 'LearnerReported', data }));
    const cause = `${batch.topic}/0/${(reports.at(-1)?.offset ?? batch.nextOffset) - 1}`;
    await repository.save(aggregate, facts, { id: cause, correlationId: started.learner, traceparent: null });
    for (const { record, error } of batch.buried) await events.bury(record, error, Topics.trainingDeadLetters);
  }

  /** After the commit. */
  folded({ nextOffset }: LearningBatch): void {
    this.standsAt = nextOffset;
  }

  /** The learner in memory when it is what the database says, else one made of that. */
  private async current(): Promise<TestThenTrain> {
    const { started, repository } = this.options;
    const known = await repository.knowledge(started.learner);
    if (this.learner && known && this.standsAt === known.nextOffset) return this.learner;
    const learner = TestThenTrain.start(onlinePlanOf(started.plan));
    if (known) learner.restore(known.state);
    this.recent = new RecentExamples(known?.recent);
    this.learner = learner;
    return learner;
  }

  private releasedScore({ outputs }: LabelledExample): number | null {
    const { releasedOutput } = this.options.started.plan;
    const score = releasedOutput === null ? null : outputs?.[releasedOutput];
    return typeof score === 'number' ? score : null;
  }

  private report(learner: TestThenTrain, offset: number, aggregateVersion: number): LearnerReported {
    const { taken, learned, refused, burst } = learner.counts();
    const { window, learner: scores, runningMean, lastLabels, beside } = learner.report();
    return {
      aggregateVersion,
      occurredAt: this.options.now(),
      learner: this.options.started.learner,
      offset,
      stateHash: learner.hash(),
      taken,
      learned,
      refused,
      burst: burst ? 1 : 0,
      window,
      scores: scoresOf(scores),
      floors: { runningMean: scoresOf(runningMean), lastLabels: scoresOf(lastLabels) },
      beside: beside && {
        examples: beside.examples,
        released: scoresOf(beside.other),
        learner: scoresOf(beside.learner),
      },
      errors: errorsOf(learner.changes()),
    };
  }
}

const errorsOf = ({ detector, rose, fell, last }: ErrorChanges) => ({
  detector,
  rose,
  fell,
  lastChange: last?.change ?? null,
  lastOffset: last?.offset ?? null,
});

const scoresOf = ({ accuracy, auc, logLoss }: PrequentialMetrics) => ({
  accuracy: known(accuracy),
  auc: known(auc),
  logLoss: known(logLoss),
});

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
