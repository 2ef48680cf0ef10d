import {
  type EndpointCreated,
  type LabelledExample,
  type LearnerReported,
  type LearnerStarted,
  type LeftOut,
  PoisonError,
  Topics,
} from '@millrace/contracts';
import {
  type ErrorChanges,
  hashOfState,
  type PrequentialMetrics,
  type PrequentialReport,
  TestThenTrain,
} from '@millrace/learning';
import {
  type Events,
  type FetchedPartition,
  type FramedReader,
  type KafkaRecord,
  labelledReader,
  RecentExamples,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { betterBy } from '../domain/better-by';
import { GUARD_TRIPS, type GuardTrip, GuardWatch } from '../domain/guard-watch';
import type { LearnerFact } from '../domain/learner';
import { isLeftOut } from '../domain/leave-out';
import { type SnapshotCause, SnapshotClock } from '../domain/snapshot-clock';
import type { LearnerRepository } from '../persistence/learner.repository';
import type { DueSnapshot, SnapshotRepository } from '../persistence/snapshot.repository';
import type { LearnerMetrics } from './learner-metrics';
import { onlinePlanOf } from './plan-of';

export interface LearnerHostOptions {
  readonly started: LearnerStarted;
  readonly endpoint: EndpointCreated;
  readonly registry: SchemaRegistryClient;
  readonly repository: LearnerRepository;
  readonly snapshots: SnapshotRepository;
  readonly events: Events;
  readonly metrics: Pick<LearnerMetrics, 'stands' | 'tripped'>;
  readonly now: () => number;
  /** What it does not learn from, where its aggregate cannot say so: a rebuild folds before there are aggregates. */
  readonly leftOut?: readonly LeftOut[];
}

interface Example {
  readonly offset: number;
  /** Kafka timestamp of its record. */
  readonly at: number;
  readonly data: LabelledExample;
}

export interface LearningBatch {
  readonly topic: string;
  readonly nextOffset: number;
  readonly examples: readonly Example[];
  readonly buried: readonly { readonly record: KafkaRecord; readonly error: PoisonError }[];
}

/** Facts of one batch, in the order of the log. */
export type Told = Extract<
  LearnerFact,
  { readonly type: 'LearnerReported' | 'LearnerGuardTripped' | 'LearnerGuardReleased' }
>[];

/**
 * One learner on the labelled examples of an endpoint, in fold mode: what it knows and its position move in one database
 * transaction, so a killed process goes on as if nothing had been, to the same state hash.
 */
export class LearnerHost {
  private readonly reader: FramedReader<LabelledExample>;
  private learner: TestThenTrain | null = null;
  private recent = new RecentExamples();
  private snapshotClock = new SnapshotClock(null, null);
  private guardWatch = new GuardWatch();
  /** Offset that the learner in memory stands at; null while a batch is being folded or after one that failed. */
  private standsAt: number | null = null;

  constructor(private readonly options: LearnerHostOptions) {
    this.reader = labelledReader(options.endpoint, options.registry);
  }

  async prepare({ topic, records, nextOffset }: FetchedPartition): Promise<LearningBatch> {
    const examples: Example[] = [];
    const buried: { record: KafkaRecord; error: PoisonError }[] = [];
    while (records.next()) {
      const record = records.record();
      try {
        const { offset, timestamp: at } = record;
        examples.push({ offset, at, data: await this.reader.read(record.value) });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        buried.push({ record, error });
      }
    }
    return { topic, nextOffset, examples, buried };
  }

  async fold(batch: LearningBatch): Promise<Told> {
    const { started, repository, snapshots, events } = this.options;
    const learner = await this.current();
    this.standsAt = null;
    const aggregate = await repository.load(started.learner);
    const { reportedTo, snapshotTo, guardTo, tripped } = aggregate.state;
    const leftOut = this.options.leftOut ?? aggregate.state.leftOut;
    const facts: Told = [];
    const due: DueSnapshot[] = [];
    let { tellAt } = aggregate.state;
    const nextVersion = () => aggregate.version + facts.length + 1;
    const report = (offset: number) =>
      facts.push({ type: 'LearnerReported', data: this.report(learner, offset, nextVersion()) });
    const tellWhatIsOwed = (reached: number) => {
      if (tellAt === null || reached < tellAt) return;
      report(tellAt);
      tellAt = null;
    };
    const standing = new Set(tripped);
    for (const { offset, at, data } of batch.examples) {
      tellWhatIsOwed(offset);
      // What is left out is remembered as well: a repeat of it may stand behind.
      if (!this.recent.take(data) || isLeftOut(leftOut, offset)) continue;
      const { refused } = learner.take({
        features: data.features,
        label: data.label,
        releasedProbability: this.releasedScore(data),
        offset,
      });
      const next = offset + 1;
      this.guardWatch.take(refused, learner.taken);
      if (next > guardTo)
        for (const trip of GUARD_TRIPS) {
          if (this.guardWatch.isTripped(trip) === standing.has(trip)) continue;
          const type = standing.delete(trip) ? 'LearnerGuardReleased' : 'LearnerGuardTripped';
          if (type === 'LearnerGuardTripped') standing.add(trip);
          facts.push({ type, data: this.guardFigures(learner, trip, next, nextVersion()) });
        }
      if (learner.taken % started.reportEvery === 0 && next > reportedTo && next !== tellAt) report(next);
      const cause = this.snapshotClock.due(learner.taken, at);
      if (cause !== null && next > snapshotTo) due.push(this.snapshot(learner, next, cause));
    }
    tellWhatIsOwed(batch.nextOffset);
    await repository.saveKnowledge(started.learner, {
      nextOffset: batch.nextOffset,
      state: learner.state(),
      recent: this.recent.list(),
      snapshotSince: this.snapshotClock.since,
      guardWatch: this.guardWatch.state(),
    });
    for (const snapshot of due) await snapshots.add(snapshot);
    const cause = `${batch.topic}/0/${(facts.at(-1)?.data.offset ?? batch.nextOffset) - 1}`;
    await repository.save(aggregate, facts, { id: cause, correlationId: started.learner, traceparent: null });
    const readAgain = leftOut.at(-1)?.to ?? 0;
    for (const { record, error } of batch.buried)
      if (record.offset >= readAgain) await events.bury(record, error, Topics.trainingDeadLetters);
    return facts;
  }

  /** After the commit. */
  folded({ nextOffset }: LearningBatch, told: Told): void {
    const { metrics, started } = this.options;
    this.standsAt = nextOffset;
    if (this.learner) metrics.stands(started.learner, this.learner);
    for (const { type, data } of told) if (type === 'LearnerGuardTripped') metrics.tripped(started.learner, data.trip);
  }

  /** The learner in memory when it is what the database says, else one made of that. */
  private async current(): Promise<TestThenTrain> {
    const { started, repository } = this.options;
    const known = await repository.knowledge(started.learner);
    if (this.learner && known && this.standsAt === known.nextOffset) return this.learner;
    const learner = TestThenTrain.start(onlinePlanOf(started.plan));
    if (known) learner.restore(known.state);
    this.recent = new RecentExamples(known?.recent);
    this.snapshotClock = new SnapshotClock(started.snapshots, known?.snapshotSince ?? null);
    this.guardWatch = new GuardWatch(known?.guardWatch);
    this.learner = learner;
    return learner;
  }

  private releasedScore({ outputs }: LabelledExample): number | null {
    const { releasedOutput } = this.options.started.plan;
    const score = releasedOutput === null ? null : outputs?.[releasedOutput];
    return typeof score === 'number' ? score : null;
  }

  private guardFigures(learner: TestThenTrain, trip: GuardTrip, offset: number, aggregateVersion: number) {
    const { taken, learned, refused } = learner.counts();
    const { learner: name, endpoint, major } = this.options.started;
    const counts = { taken, learned, refused };
    const occurredAt = this.options.now();
    return { aggregateVersion, occurredAt, learner: name, endpoint, major, trip, offset, ...counts };
  }

  private snapshot(learner: TestThenTrain, offset: number, because: SnapshotCause): DueSnapshot {
    const { learner: name, endpoint, major, snapshots, plan } = this.options.started;
    const state = learner.state();
    const { taken, learned, burst } = learner.counts();
    const { window, learner: scores, beside: both } = learner.report();
    const beside = besideOf(both);
    const draft = {
      learner: name,
      offset,
      stateHash: hashOfState(state),
      endpoint,
      major,
      model: snapshots!.model,
      because,
      taken,
      learned,
      window,
      scores: scoresOf(scores),
      beside,
      betterBy: betterBy(snapshots!, plan, beside, burst),
    };
    return { draft, state };
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
      beside: besideOf(beside),
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

const besideOf = (beside: PrequentialReport['beside']) =>
  beside && { examples: beside.examples, released: scoresOf(beside.other), learner: scoresOf(beside.learner) };

const scoresOf = ({ accuracy, auc, logLoss }: PrequentialMetrics) => ({
  accuracy: known(accuracy),
  auc: known(auc),
  logLoss: known(logLoss),
});

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
