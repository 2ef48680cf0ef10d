import {
  type EndpointCreated,
  endpointFamily,
  LearnerForked,
  LearnerGuardReleased,
  LearnerGuardTripped,
  LearnerRefused,
  LearnerReported,
  LearnerRolledBack,
  LearnerSnapshotFailed,
  LearnerSnapshotTaken,
  LearnerStarted,
  LearnerStopped,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { Positions, type StoredAggregate, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { GuardWatchState } from '../domain/guard-watch';
import { evolveLearner, type Learner, type LearnerFact, noLearner } from '../domain/learner';

const LEARNERS: AggregateKind<Learner, LearnerFact> = {
  table: 'learners',
  initial: noLearner,
  evolve: evolveLearner,
  records: {
    LearnerStarted,
    LearnerForked,
    LearnerRolledBack,
    LearnerGuardTripped,
    LearnerGuardReleased,
    LearnerReported,
    LearnerSnapshotTaken,
    LearnerSnapshotFailed,
    LearnerStopped,
    LearnerRefused,
  },
};

/** The consumer group of a learner. */
export const learningGroup = (learner: string): string => `training.learner.${learner}`;

export interface Knowledge {
  /** Next offset of the labelled topic that it is to learn from. */
  readonly nextOffset: number;
  readonly state: Buffer;
  /** The last examples, by the place of their request, oldest first. */
  readonly recent: readonly string[];
  /** Kafka timestamp of the last snapshot, or of the first example; null before that. */
  readonly snapshotSince: number | null;
  /** What its guard has kept away lately; null before there was such a watch. */
  readonly guardWatch: GuardWatchState | null;
}

interface KnowledgeRow {
  readonly next_offset: string;
  readonly state: Buffer;
  readonly recent: string[];
  readonly snapshot_since: string | null;
  readonly guard_watch: GuardWatchState | null;
}

/** Learners, what they know, and the endpoints that they may learn from. */
@Injectable()
export class LearnerRepository extends Aggregates<Learner, LearnerFact> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
    private readonly positions: Positions,
  ) {
    super(unitOfWork, events, LEARNERS);
  }

  /** Rows of earlier releases have fewer members. */
  override async load(learner: string): Promise<StoredAggregate<Learner>> {
    const stored = await super.load(learner);
    return { ...stored, state: { ...noLearner(), ...stored.state } };
  }

  /** What a learner knows, and the next offset that it is to learn from; undefined before its first batch. */
  async knowledge(learner: string): Promise<Knowledge | undefined> {
    const rows: KnowledgeRow[] = await this.unitOfWork.manager.query(
      'SELECT next_offset, state, recent, snapshot_since, guard_watch FROM learner_states WHERE learner = $1',
      [learner],
    );
    const row = rows[0];
    if (!row) return undefined;
    const { next_offset, state, recent, snapshot_since, guard_watch: guardWatch } = row;
    const snapshotSince = snapshot_since === null ? null : Number(snapshot_since);
    return { nextOffset: Number(next_offset), state, recent, snapshotSince, guardWatch };
  }

  async saveKnowledge(learner: string, knowledge: Knowledge): Promise<void> {
    const { nextOffset, state, recent, snapshotSince, guardWatch } = knowledge;
    await this.unitOfWork.manager.query(
      `INSERT INTO learner_states (learner, next_offset, state, recent, snapshot_since, guard_watch)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (learner) DO UPDATE SET next_offset = excluded.next_offset, state = excluded.state,
         recent = excluded.recent, snapshot_since = excluded.snapshot_since, guard_watch = excluded.guard_watch`,
      [learner, nextOffset, state, JSON.stringify(recent), snapshotSince, JSON.stringify(guardWatch)],
    );
  }

  /**
   * The next offset that a learner is to learn from, which stays that until the end of the unit of work; null before its first
   * batch. A fold of it meanwhile waits.
   */
  async standsStill(learner: string): Promise<number | null> {
    const rows: Pick<KnowledgeRow, 'next_offset'>[] = await this.unitOfWork.manager.query(
      'SELECT next_offset FROM learner_states WHERE learner = $1 FOR UPDATE',
      [learner],
    );
    return rows[0] ? Number(rows[0].next_offset) : null;
  }

  async forget(learner: string): Promise<void> {
    await this.unitOfWork.manager.query('DELETE FROM learner_states WHERE learner = $1', [learner]);
  }

  /** Lets the learner begin with the first example again; folds of what it knew before are fenced. */
  async readAgain({ learner, labelledTopic }: LearnerStarted): Promise<void> {
    await this.positions.rewind(learningGroup(learner), labelledTopic, 0);
  }

  async rememberEndpoint(fact: EndpointCreated): Promise<void> {
    await this.unitOfWork.manager.query('INSERT INTO endpoints (id, fact) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      endpointFamily(fact),
      JSON.stringify(fact),
    ]);
  }

  async endpoint(endpoint: string, major: number): Promise<EndpointCreated | null> {
    const rows: { fact: EndpointCreated }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT fact FROM endpoints WHERE id = $1', [endpointFamily({ endpoint, major })]),
    );
    return rows[0]?.fact ?? null;
  }
}
