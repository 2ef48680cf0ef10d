import { AppError, type RebuildReport, type TableReport, type Trimmed, topicOf } from '@millrace/contracts';
import {
  beheaded,
  declaredAggregates,
  FactFold,
  type FactRows,
  type Fold,
  keptRanges,
  type OffsetRange,
  type RebuildStrategy,
  refold,
} from '@millrace/messaging';
import {
  declaredTables,
  digestOf,
  fillTable,
  firstDifference,
  momentOf,
  qualified,
  type RecordedMoment,
  type RecordedTable,
  recordMoment,
} from '@millrace/persistence';
import type { INestApplicationContext } from '@nestjs/common';
import type { Tables } from '../platform/open-database';
import type { Platform } from '../platform/platform';
import type { FoldOfFact, StandingFold } from '../service-options';
import { factsOf, foldOwnFacts, topicsOf, wholeRanges } from './own-facts';

export interface TableRebuildOptions {
  /** Of the process that rebuilds: its database is the scratch schema. */
  readonly platform: Platform & { readonly database: Tables };
  /** The service's own schema, and the one where its tables are made anew. */
  readonly live: Parameters<typeof recordMoment>[0];
  readonly schema: string;
  readonly scratch: string;
  readonly application: INestApplicationContext;
  readonly strategy: RebuildStrategy | null;
  readonly factRows: readonly FactRows[];
  readonly folds: readonly (FoldOfFact | StandingFold)[];
  readonly told: (step: string, done: number, total: number) => void;
}

export type Rebuilt = Omit<RebuildReport, 'service' | 'work' | 'swapped'> & {
  readonly recorded: readonly RecordedTable[];
};

/**
 * Makes the declared tables of a service anew in the scratch schema: first what was folded from other topics, up to the
 * positions that stood beside it, then state, from the service's own facts (last, because folds may decide facts once more).
 * Compares each with what it was at one moment.
 */
export class TableRebuild {
  private readonly trimmed: Trimmed[] = [];
  /** What rows of any projection may rest on and the rebuild has not: no declaration says which fold writes which table. */
  private readonly projectionsLack: Trimmed[] = [];
  private folded = 0;

  constructor(private readonly options: TableRebuildOptions) {}

  async run(): Promise<Rebuilt> {
    const { live, schema, platform, factRows } = this.options;
    const sources = stateSources(factRows);
    const topics = [...new Set([...sources.values()].flat())].sort();
    const since = await momentOf(live);
    const own = await wholeRanges(platform.kafka, topics);
    const ownLack = this.noteTrimmed(own);
    const tables = declaredTables().filter(({ kind }) => kind !== 'work');
    const moment = await recordMoment(live, schema, tables, { since, topics });
    await this.foldInputs(moment);
    await this.foldOfFacts(moment);
    const counts = await this.foldState(own, moment);
    const compared: TableReport[] = [];
    for (const table of moment.tables) {
      const from = sources.get(table.name) ?? [];
      const lacks = table.kind === 'state' ? ownLack.filter(({ topic }) => from.includes(topic)) : this.projectionsLack;
      compared.push({ ...(await this.compare(table)), lacks });
    }
    return { tables: compared, trimmed: this.trimmed, folded: this.folded, ...counts, recorded: moment.tables };
  }

  /** What the flow lists in fold mode. */
  private async foldInputs(moment: RecordedMoment): Promise<void> {
    const { strategy, platform } = this.options;
    if (!strategy) return;
    const ranges = await this.rangesOf(moment, strategy.group, strategy.topics);
    this.projectionsLack.push(...beheaded(ranges).map(trimmedOf));
    await strategy.refold(ranges, platform.stopping, this.counter('inputs', ranges));
  }

  /** What is folded from the start, and what is folded once for each fact of a type. */
  private async foldOfFacts(moment: RecordedMoment): Promise<void> {
    const { folds, platform, application } = this.options;
    const { kafka: client, schemas, stopping: signal } = platform;
    for (const one of folds) {
      if (one.record === null) {
        await this.refold(one.fold(application), moment);
        continue;
      }
      const facts = await wholeRanges(client, [topicOf(one.record).name]);
      // Folds of which the log does not tell any more.
      this.projectionsLack.push(...beheaded(facts).map(trimmedOf));
      const seen = new Set<string>();
      for await (const { id, record: type, data } of factsOf(facts, { client, schemas, signal, told: () => {} })) {
        if (type !== one.record.fullName || seen.has(id)) continue;
        seen.add(id);
        await this.refold(await one.fold(application, data), moment);
      }
    }
  }

  private async refold(fold: Fold<unknown, unknown>, moment: RecordedMoment): Promise<void> {
    const { kafka: client, stopping: signal, logger, database } = this.options.platform;
    const ranges = await this.rangesOf(moment, fold.group, fold.topics);
    const told = this.counter(fold.group, ranges);
    const lacking = await refold(fold, ranges, { client, ...database, signal, logger, told });
    this.projectionsLack.push(...lacking.map(trimmedOf));
  }

  private async foldState(own: readonly OffsetRange[], moment: RecordedMoment) {
    const { live, scratch, platform, factRows } = this.options;
    const { kafka: client, schemas, stopping: signal } = platform;
    const keys = new Map(moment.tables.map(({ name, key }) => [name, key]));
    const trimmed = new Set(beheaded(own).map(({ topic }) => topic));
    const state = new FactFold(declaredAggregates().values(), factRows, (table) => keys.get(table) ?? [], trimmed);
    const total = lengthOf(own);
    let done = 0;
    const told = (offsets: number) => {
      done += offsets;
      this.options.told('own facts', done, total);
    };
    const counts = await foldOwnFacts(state, own, moment.outbox, { client, schemas, signal, told });
    for (const { name, kind } of moment.tables) {
      if (kind !== 'state') continue;
      if (!state.has(name)) throw notRebuildable(name);
      await fillTable(live, scratch, name, state.rowsOf(name));
    }
    return counts;
  }

  /** What a group had read at that moment, as far as it is still kept. */
  private async rangesOf(
    { positions }: RecordedMoment,
    group: string,
    topics: readonly string[],
  ): Promise<OffsetRange[]> {
    const ranges: OffsetRange[] = [];
    for (const topic of topics) {
      const stood = positions.filter((position) => position.consumer === group && position.topic === topic);
      if (stood.length === 0) continue;
      const offsets = new Map(stood.map(({ partition, nextOffset }) => [partition, nextOffset]));
      ranges.push(...(await keptRanges(this.options.platform.kafka, topic, offsets)));
    }
    this.noteTrimmed(ranges);
    return ranges;
  }

  private noteTrimmed(ranges: readonly OffsetRange[]): Trimmed[] {
    const trimmed = beheaded(ranges).map(trimmedOf);
    this.trimmed.push(...trimmed);
    return trimmed;
  }

  private counter(step: string, ranges: readonly OffsetRange[]): (offsets: number) => void {
    const total = lengthOf(ranges);
    let done = 0;
    return (offsets) => {
      done += offsets;
      this.folded += offsets;
      this.options.told(step, done, total);
    };
  }

  private async compare({ name, kind, key, copy, rows, hash }: RecordedTable): Promise<Omit<TableReport, 'lacks'>> {
    const { live, scratch } = this.options;
    const rebuilt = qualified(scratch, name);
    const now = await digestOf(live, rebuilt, key);
    const difference = now.hash === hash ? null : await firstDifference(live, copy, rebuilt, key);
    return { table: name, kind, rows, hash, rowsRebuilt: now.rows, hashRebuilt: now.hash, difference };
  }
}

/** Topics of the facts that each table of state is made of. */
function stateSources(factRows: readonly FactRows[]): Map<string, string[]> {
  const kinds = [...declaredAggregates().values()].map(({ table, records }) => ({
    table,
    records: Object.values(records),
  }));
  return new Map([...kinds, ...factRows].map(({ table, records }) => [table, topicsOf(records)]));
}

const trimmedOf = ({ topic, partition, from: offset }: OffsetRange): Trimmed => ({ topic, partition, offset });

const lengthOf = (ranges: readonly OffsetRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);

function notRebuildable(table: string): AppError {
  return new AppError({
    code: 'TABLE_NOT_REBUILDABLE',
    message: `Table "${table}" is declared as state, but no Aggregates write it and the service names no factRows for it, so nobody can say which facts it comes from. Name them, or declare it as what it is.`,
    retriable: false,
    context: { table },
  });
}
