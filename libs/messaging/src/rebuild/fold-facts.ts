import { type AnyRecordSchema, AppError, topicOf } from '@millrace/contracts';
import type { AggregateFact, AggregateKind } from '../events/aggregates';
import type { Received } from '../flow/flow';

/** Columns and their values. */
export type TableRow = Readonly<Record<string, unknown>>;

/** State that no `Aggregates` write: a table of which each row is what the last fact about it says. */
export interface FactRows {
  readonly table: string;
  readonly records: readonly AnyRecordSchema[];
  /** The row that a fact makes, whole; it takes the place of the one with the same primary key. */
  readonly rowOf: (fact: Received<never>) => TableRow;
}

type Fact = Pick<Received<unknown>, 'topic' | 'record' | 'key' | 'data'>;

/** A table in the making. */
interface Making {
  /** Row by its key as text. */
  readonly rows: Map<string, TableRow>;
  /** Version of the last fact, by aggregate. */
  readonly versions: Map<string, number>;
  readonly take: (fact: Fact, id: string) => void;
}

/** State from the facts about it, in the order of the log: what a service's own `save` has done, once more. */
export class FactFold {
  private readonly known = new Map<string, Making[]>();
  private readonly tables = new Map<string, Making>();

  /**
   * @param keyOf columns of a table's primary key
   * @param trimmed topics whose beginning is gone: an aggregate whose life began there is left out
   */
  constructor(
    kinds: Iterable<AggregateKind<unknown, AggregateFact>>,
    rows: Iterable<FactRows> = [],
    keyOf: (table: string) => readonly string[] = () => [],
    private readonly trimmed: ReadonlySet<string> = new Set(),
  ) {
    for (const kind of kinds) this.add(kind.table, Object.values<AnyRecordSchema>(kind.records), aggregates(kind));
    for (const one of rows) this.add(one.table, one.records, lastFacts(one, keyOf(one.table)));
  }

  /**
   * A fact that stands twice counts once, and so does one that was published twice.
   * @throws AppError FACT_MISSING when the life of an aggregate has a gap
   */
  take(fact: Fact): void {
    const { topic, record, key: id, data } = fact;
    if (id === null) return;
    const { aggregateVersion: version } = data as AggregateFact['data'];
    for (const { versions, take } of this.known.get(placeOf(topic, record)) ?? []) {
      const before = versions.get(id) ?? 0;
      if (version <= before) continue;
      if (before === 0 && version !== 1 && this.trimmed.has(topic)) continue;
      if (version !== before + 1) throw missing(topic, id, before, version);
      versions.set(id, version);
      take(fact, id);
    }
  }

  /** Tables whose rows come from facts. */
  has(table: string): boolean {
    return this.tables.has(table);
  }

  rowsOf(table: string): TableRow[] {
    return [...(this.tables.get(table)?.rows.values() ?? [])];
  }

  private add(table: string, records: readonly AnyRecordSchema[], making: Making): void {
    this.tables.set(table, making);
    for (const record of records) {
      const place = placeOf(topicOf(record).name, record.fullName);
      this.known.set(place, [...(this.known.get(place) ?? []), making]);
    }
  }
}

function aggregates(kind: AggregateKind<unknown, AggregateFact>): Making {
  const types = new Map(Object.entries<AnyRecordSchema>(kind.records).map(([type, { fullName }]) => [fullName, type]));
  const rows = new Map<string, TableRow>();
  const take = ({ record, data }: Fact, id: string) => {
    const fact = { type: types.get(record)!, data: data as AggregateFact['data'] };
    const before = rows.get(id)?.state ?? kind.initial();
    rows.set(id, { id, version: fact.data.aggregateVersion, state: kind.evolve(before, fact) });
  };
  return { rows, versions: new Map(), take };
}

function lastFacts({ rowOf }: FactRows, key: readonly string[]): Making {
  const rows = new Map<string, TableRow>();
  const take = (fact: Fact) => {
    const row = rowOf(fact as Received<never>);
    rows.set(JSON.stringify(key.map((column) => row[column])), row);
  };
  return { rows, versions: new Map(), take };
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
