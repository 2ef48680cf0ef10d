import { AppError, topicOf } from '@millrace/contracts';
import type { AggregateFact, AggregateKind } from '../events/aggregates';
import type { Received } from '../flow/flow';

export interface RebuiltAggregate {
  readonly id: string;
  readonly version: number;
  readonly state: unknown;
}

interface Known {
  readonly kind: AggregateKind<unknown, AggregateFact>;
  readonly type: string;
}

/** State of aggregates from the facts about them, in the order of the log: what a service's own `save` has done, once more. */
export class FactFold {
  private readonly known = new Map<string, Known>();
  private readonly tables = new Map<string, Map<string, RebuiltAggregate>>();

  constructor(kinds: Iterable<AggregateKind<unknown, AggregateFact>>) {
    for (const kind of kinds) {
      this.tables.set(kind.table, new Map());
      for (const [type, record] of Object.entries(kind.records))
        this.known.set(placeOf(topicOf(record).name, record.fullName), { kind, type });
    }
  }

  /**
   * A fact that stands twice counts once, and so does one that was published twice.
   * @throws AppError FACT_MISSING when the life of an aggregate has a gap
   */
  take({ topic, record, key, data }: Pick<Received<unknown>, 'topic' | 'record' | 'key' | 'data'>): void {
    const found = this.known.get(placeOf(topic, record));
    if (!found || key === null) return;
    const { kind, type } = found;
    const rows = this.tables.get(kind.table)!;
    const before = rows.get(key) ?? { id: key, version: 0, state: kind.initial() };
    const { aggregateVersion: version } = data as AggregateFact['data'];
    if (version <= before.version) return;
    if (version !== before.version + 1) throw missing(topic, key, before.version, version);
    const state = kind.evolve(before.state, { type, data: data as AggregateFact['data'] });
    rows.set(key, { id: key, version, state });
  }

  rowsOf(table: string): RebuiltAggregate[] {
    return [...this.tables.get(table)!.values()];
  }
}

const placeOf = (topic: string, record: string): string => `${topic} ${record}`;

function missing(topic: string, id: string, before: number, version: number): AppError {
  return new AppError({
    code: 'FACT_MISSING',
    message: `The facts about ${id} on ${topic} go from version ${before} to ${version}: those between are not on the log, so its state cannot be rebuilt from it.`,
    retriable: false,
    context: { topic, id, before, version },
  });
}
