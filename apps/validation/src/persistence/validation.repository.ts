import {
  DatasetJudged,
  ExpectationSetDefined,
  ExpectationSetDerived,
  ExpectationsRefused,
  OverrideRefused,
  type RecordSchema,
  VerdictOverridden,
} from '@millrace/contracts';
import { type Cause, Events } from '@millrace/messaging';
import { AggregateStore, type StoredAggregate, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import {
  type ExpectationFact,
  type ExpectationSet,
  evolveExpectations,
  noExpectations,
} from '../domain/expectation-set';
import { evolveVerdict, noVerdict, type Verdict, type VerdictFact } from '../domain/verdict';

const RECORDS = {
  DatasetJudged,
  VerdictOverridden,
  OverrideRefused,
  ExpectationSetDefined,
  ExpectationSetDerived,
  ExpectationsRefused,
} as const;

/** Loads aggregates and saves what was decided: state and facts in one unit of work. */
@Injectable()
export class ValidationRepository {
  private readonly verdicts: AggregateStore<Verdict>;
  private readonly sets: AggregateStore<ExpectationSet>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly events: Events,
  ) {
    this.verdicts = new AggregateStore(unitOfWork, 'verdicts', noVerdict);
    this.sets = new AggregateStore(unitOfWork, 'expectation_sets', noExpectations);
  }

  verdict(dataset: string): Promise<StoredAggregate<Verdict>> {
    return this.verdicts.load(dataset);
  }

  expectations(source: string): Promise<StoredAggregate<ExpectationSet>> {
    return this.sets.load(source);
  }

  saveVerdict(verdict: StoredAggregate<Verdict>, facts: readonly VerdictFact[], cause: Cause): Promise<void> {
    return this.save(this.verdicts, verdict, facts, evolveVerdict, cause);
  }

  saveExpectations(
    set: StoredAggregate<ExpectationSet>,
    facts: readonly ExpectationFact[],
    cause: Cause,
  ): Promise<void> {
    return this.save(this.sets, set, facts, evolveExpectations, cause);
  }

  /**
   * Whether a work item still waits for its answer; it is locked until the unit of work ends. A worker whose lease ran out
   * may come late, when another one has answered.
   */
  async claim(item: string): Promise<boolean> {
    const rows: unknown[] = await this.unitOfWork.manager.query('SELECT 1 FROM work_items WHERE id = $1 FOR UPDATE', [
      item,
    ]);
    return rows.length === 1;
  }

  private async save<S, F extends VerdictFact | ExpectationFact>(
    store: AggregateStore<S>,
    { id, version, state }: StoredAggregate<S>,
    facts: readonly F[],
    evolve: (state: S, fact: F) => S,
    cause: Cause,
  ): Promise<void> {
    if (facts.length === 0) return;
    await store.save(id, version, version + facts.length, facts.reduce(evolve, state));
    for (const fact of facts) {
      const record = RECORDS[fact.type] as RecordSchema<{ aggregateVersion: number }>;
      await this.events.append(record, id, fact.data, cause);
    }
  }
}
