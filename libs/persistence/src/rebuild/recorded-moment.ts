import type { DataSource } from 'typeorm';
import { Outbox, type StoredOutboxRow } from '../tables/outbox';
import type { TableDeclaration } from '../tables/table-registry';
import { UnitOfWork } from '../unit-of-work';
import { digestOf, keyOf, type Queryable, qualified, type TableDigest } from './compare-tables';
import { scratchSchemaOf } from './scratch-schema';

export interface RecordedPosition {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

export interface RecordedTable extends TableDeclaration, TableDigest {
  readonly key: readonly string[];
  /** Where its copy stands, qualified. */
  readonly copy: string;
}

/** A service's tables at one moment: what a rebuild is compared with, and how far it has to read. */
export interface RecordedMoment {
  readonly tables: readonly RecordedTable[];
  readonly positions: readonly RecordedPosition[];
  /** Facts that belong to the tables, and that a log read to its end at `since` may not have. */
  readonly outbox: readonly StoredOutboxRow[];
}

const COPY = 'was_';

/** The database's clock. */
export async function momentOf(live: DataSource): Promise<Date> {
  const [{ moment }]: [{ moment: Date }] = await live.query('SELECT clock_timestamp() AS moment');
  return moment;
}

/**
 * Copies tables into the scratch schema and notes positions and outbox, all in one snapshot; the service may run on.
 *
 * @param log when the ends of the service's fact topics were asked for, and which topics these are
 */
export function recordMoment(
  live: DataSource,
  schema: string,
  tables: readonly TableDeclaration[],
  log: { readonly since: Date; readonly topics: readonly string[] },
): Promise<RecordedMoment> {
  const unitOfWork = new UnitOfWork(live);
  const scratch = scratchSchemaOf(schema);
  return unitOfWork.run(async (manager) => {
    const recorded: RecordedTable[] = [];
    for (const table of tables) {
      const key = await keyOf(manager, schema, table.name);
      const copy = qualified(scratch, COPY + table.name);
      await manager.query(`CREATE TABLE ${copy} AS TABLE ${qualified(schema, table.name)}`);
      recorded.push({ ...table, key, copy, ...(await digestOf(manager, copy, key)) });
    }
    const outbox = await new Outbox(unitOfWork, schema).publishedNoEarlier(log.since, log.topics);
    return { tables: recorded, positions: await positionsOf(manager), outbox };
  }, 'REPEATABLE READ');
}

async function positionsOf(manager: Queryable): Promise<RecordedPosition[]> {
  const rows = (await manager.query(
    'SELECT consumer, topic, partition, next_offset FROM positions ORDER BY consumer, topic, partition',
  )) as { consumer: string; topic: string; partition: number; next_offset: string }[];
  return rows.map(({ next_offset, ...where }) => ({ ...where, nextOffset: Number(next_offset) }));
}
