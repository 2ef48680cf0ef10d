import type { RecordSchema } from '@millrace/contracts';
import { AggregateStore, type StoredAggregate, type UnitOfWork } from '@millrace/persistence';
import type { Cause } from '../flow/flow';
import type { Events } from './events';

/** A fact of an aggregate: which record it is, and what that holds. */
export interface AggregateFact {
  readonly type: string;
  readonly data: { readonly aggregateVersion: number };
}

/** One kind of aggregate as data: where its state lies, and which facts make it what it is. */
export interface AggregateKind<S, F extends AggregateFact> {
  readonly table: string;
  readonly initial: () => S;
  /** The only writer of the state. */
  readonly evolve: (state: S, fact: F) => S;
  readonly records: { readonly [T in F['type']]: RecordSchema<Extract<F, { readonly type: T }>['data']> };
}

const declared = new Map<string, AggregateKind<unknown, AggregateFact>>();

/** Every kind of aggregate that this process saves, by its table. */
export const declaredAggregates = (): ReadonlyMap<string, AggregateKind<unknown, AggregateFact>> => declared;

/** Aggregates of one kind: what was decided is saved as state and facts in one unit of work. */
export class Aggregates<S, F extends AggregateFact> {
  private readonly store: AggregateStore<S>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly events: Events,
    private readonly kind: AggregateKind<S, F>,
  ) {
    this.store = new AggregateStore(unitOfWork, kind.table, kind.initial);
    declared.set(kind.table, kind as unknown as AggregateKind<unknown, AggregateFact>);
  }

  /** Version 0 and the initial state when there is none. */
  load(id: string): Promise<StoredAggregate<S>> {
    return this.store.load(id);
  }

  /** @throws TransientError CONCURRENT_CHANGE when somebody else has saved it since it was loaded. */
  async save({ id, version, state }: StoredAggregate<S>, facts: readonly F[], cause: Cause): Promise<void> {
    if (facts.length === 0) return;
    await this.store.save(id, version, version + facts.length, facts.reduce(this.kind.evolve, state));
    for (const { type, data } of facts) {
      const record = this.kind.records[type as F['type']] as RecordSchema<F['data']>;
      await this.events.append(record, id, data, cause);
    }
  }
}
