import {
  type EndpointCreated,
  LearnerRefused,
  LearnerReported,
  LearnerStarted,
  LearnerStopped,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { evolveLearner, type Learner, type LearnerFact, noLearner } from '../domain/learner';

const LEARNERS: AggregateKind<Learner, LearnerFact> = {
  table: 'learners',
  initial: noLearner,
  evolve: evolveLearner,
  records: { LearnerStarted, LearnerReported, LearnerStopped, LearnerRefused },
};

export interface Knowledge {
  /** Next offset of the labelled topic that it is to learn from. */
  readonly nextOffset: number;
  readonly state: Buffer;
  /** The last examples, by the place of their request, oldest first. */
  readonly recent: readonly string[];
}

/** Learners, what they know, and the endpoints that they may learn from. */
@Injectable()
export class LearnerRepository extends Aggregates<Learner, LearnerFact> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
  ) {
    super(unitOfWork, events, LEARNERS);
  }

  /** What a learner knows, and the next offset that it is to learn from; undefined before its first batch. */
  async knowledge(learner: string): Promise<Knowledge | undefined> {
    const rows: { next_offset: string; state: Buffer; recent: string[] }[] = await this.unitOfWork.manager.query(
      'SELECT next_offset, state, recent FROM learner_states WHERE learner = $1',
      [learner],
    );
    const row = rows[0];
    return row && { nextOffset: Number(row.next_offset), state: row.state, recent: row.recent };
  }

  async saveKnowledge(learner: string, { nextOffset, state, recent }: Knowledge): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO learner_states (learner, next_offset, state, recent) VALUES ($1, $2, $3, $4)
       ON CONFLICT (learner) DO UPDATE SET next_offset = excluded.next_offset, state = excluded.state,
         recent = excluded.recent`,
      [learner, nextOffset, state, JSON.stringify(recent)],
    );
  }

  async rememberEndpoint(fact: EndpointCreated): Promise<void> {
    await this.unitOfWork.manager.query('INSERT INTO endpoints (id, fact) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      `${fact.endpoint}.v${fact.major}`,
      JSON.stringify(fact),
    ]);
  }

  async endpoint(endpoint: string, major: number): Promise<EndpointCreated | null> {
    const rows: { fact: EndpointCreated }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT fact FROM endpoints WHERE id = $1', [`${endpoint}.v${major}`]),
    );
    return rows[0]?.fact ?? null;
  }
}
