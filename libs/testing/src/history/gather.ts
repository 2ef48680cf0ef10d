import { createHash } from 'node:crypto';
import type { HistoryRecord, OutboxState, PartitionLog } from './history';
import { nameOf } from './log-index';

/** Whatever runs SQL in the service's schema: a DataSource, an EntityManager. */
export interface Queryable {
  query<T>(sql: string, parameters?: unknown[]): Promise<T>;
}

/** The digest that history records carry: hex SHA-256 of the value's bytes; of none for a null value. */
export function digestOf(value: Uint8Array | null): string {
  return createHash('sha256')
    .update(value ?? Buffer.alloc(0))
    .digest('hex');
}

/**
 * One partition from two readings, read_committed and read_uncommitted: what only the second holds was aborted. Records that only the
 * first holds cannot be, and throw: then the two readings were not of the same range.
 */
export function partitionLogOf(reading: {
  topic: string;
  partition: number;
  start: number;
  end: number;
  committed: readonly HistoryRecord[];
  uncommitted: readonly HistoryRecord[];
}): PartitionLog {
  const { uncommitted, ...log } = reading;
  const committed = new Set(log.committed.map(nameOf));
  const all = new Set(uncommitted.map(nameOf));
  const impossible = log.committed.find((record) => !all.has(nameOf(record)));
  if (impossible)
    throw new Error(`${nameOf(impossible)} was read as committed only: read both ways up to the same end.`);
  return { ...log, aborted: uncommitted.filter((record) => !committed.has(nameOf(record))) };
}

/** The outbox table of a service as it stands. */
export async function outboxOf(service: string, schema: Queryable): Promise<OutboxState> {
  const rows = await schema.query<
    { id: string; event_id: string; topic: string; key: Buffer | null; value: Buffer | null; published: boolean }[]
  >('SELECT id, event_id, topic, key, value, published_at IS NOT NULL AS published FROM outbox ORDER BY id');
  return {
    service,
    rows: rows.map((row) => ({
      id: Number(row.id),
      eventId: row.event_id,
      topic: row.topic,
      key: row.key?.toString('utf8') ?? null,
      digest: digestOf(row.value),
      published: row.published,
    })),
  };
}

/** Event ids in the inbox of a consumer that came from one partition. */
export async function inboxOf(
  consumer: string,
  topic: string,
  partition: number,
  schema: Queryable,
): Promise<string[]> {
  const rows = await schema.query<{ event_id: string }[]>(
    'SELECT event_id FROM inbox WHERE consumer = $1 AND topic = $2 AND partition = $3 ORDER BY record_offset',
    [consumer, topic, partition],
  );
  return rows.map((row) => row.event_id);
}
