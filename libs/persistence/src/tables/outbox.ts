import type { UnitOfWork } from '../unit-of-work';

/** A record to be published, in its final bytes: retries and a second relay send exactly the same. */
export interface OutboxRow {
  eventId: string;
  /** Without the installation's prefix. */
  topic: string;
  /** Rows of one topic and key leave in the order in which they were added; rows without a key have no order. */
  key: Buffer | null;
  value: Buffer | null;
  headers: readonly (readonly [name: string, value: string | Buffer])[];
}

export interface StoredOutboxRow {
  readonly id: number;
  readonly eventId: string;
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: [string, Buffer][];
  readonly createdAt: Date;
}

export interface OutboxBacklog {
  readonly rows: number;
  /** Age of the oldest unpublished row, in ms; 0 when there is none. */
  readonly oldestMs: number;
}

interface Selected {
  id: string;
  event_id: string;
  topic: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: [string, string][];
  created_at: Date;
}

/**
 * The transactional outbox (https://microservices.io/patterns/data/transactional-outbox.html). Rows are found by
 * "not yet published", never by "id greater than the last seen": ids become visible out of order, and a cursor would lose rows.
 */
export class Outbox {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly schema: string,
  ) {}

  /** Postgres channel that is notified when a transaction with new rows commits. */
  get channel(): string {
    return `${this.schema}_outbox`;
  }

  /**
   * Adds rows inside the current unit of work. Two transactions that add to one key take turns until the first has ended,
   * so that the order of ids is the order of commits. An event id that its topic has had already breaks `outbox_event_once`.
   */
  async add(rows: readonly OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    const { manager } = this.unitOfWork;
    const keys = [...new Set(rows.filter((row) => row.key !== null).map(lockName))];
    if (keys.length > 0) {
      // Sorted by number, so that two transactions that share several keys cannot wait for each other.
      await manager.query(
        `SELECT pg_advisory_xact_lock(hashtext($1), lock)
         FROM (SELECT DISTINCT hashtext(name) AS lock FROM unnest($2::text[]) AS name ORDER BY lock) AS locks`,
        [this.channel, keys],
      );
    }
    await manager.query(
      `INSERT INTO outbox (event_id, topic, key, value, headers)
       SELECT event_id, topic, key, value, headers::jsonb
       FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::text[])
         WITH ORDINALITY AS added (event_id, topic, key, value, headers, place)
       ORDER BY place`,
      [
        rows.map((row) => row.eventId),
        rows.map((row) => row.topic),
        rows.map((row) => row.key),
        rows.map((row) => row.value),
        rows.map((row) =>
          JSON.stringify(row.headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
        ),
      ],
    );
    await manager.query("SELECT pg_notify($1, '')", [this.channel]);
  }

  /**
   * The oldest unpublished rows, oldest first. Only for the one relay that holds the lock: publish the rows of a key in this order, and
   * after a failure no later row of that key. Name such keys in `except`, so that one stuck key does not hold up the others.
   */
  async claimUnpublished(
    limit: number,
    except: readonly Pick<OutboxRow, 'topic' | 'key'>[] = [],
  ): Promise<StoredOutboxRow[]> {
    const rows: Selected[] = await this.read(
      `SELECT id, event_id, topic, key, value, headers, created_at FROM outbox
       WHERE published_at IS NULL
         AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::bytea[]) AS stuck (topic, key)
                         WHERE stuck.topic = outbox.topic AND stuck.key IS NOT DISTINCT FROM outbox.key)
       ORDER BY id LIMIT $1`,
      [limit, except.map((one) => one.topic), except.map((one) => one.key)],
    );
    return rows.map(storedOf);
  }

  /** Rows of some topics that a log read before `moment` may not have: unpublished, or published since; oldest first. */
  async publishedNoEarlier(moment: Date, topics: readonly string[]): Promise<StoredOutboxRow[]> {
    const rows: Selected[] = await this.read(
      `SELECT id, event_id, topic, key, value, headers, created_at FROM outbox
       WHERE (published_at IS NULL OR published_at >= $1) AND topic = ANY($2) ORDER BY id`,
      [moment, topics],
    );
    return rows.map(storedOf);
  }

  /** Call it after the broker has acknowledged the rows. */
  async markPublished(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.unitOfWork.run((manager) =>
      manager.query('UPDATE outbox SET published_at = now() WHERE id = ANY($1::bigint[]) AND published_at IS NULL', [
        ids,
      ]),
    );
  }

  async pending(): Promise<OutboxBacklog> {
    const [{ rows, oldest }]: { rows: string; oldest: string | null }[] = await this.read(
      `SELECT count(*) AS rows, extract(epoch FROM now() - min(created_at)) * 1000 AS oldest
       FROM outbox WHERE published_at IS NULL`,
      [],
    );
    return { rows: Number(rows), oldestMs: Math.max(0, Number(oldest ?? 0)) };
  }

  /**
   * Deletes at most `limit` rows that were published more than `olderThanMs` ago, by the database's clock; unpublished rows
   * stay, whatever their age. Returns how many, so fewer than `limit` when none is left.
   */
  async prune(olderThanMs: number, limit: number): Promise<number> {
    return this.unitOfWork.run(async (manager) => {
      const [, count]: [unknown, number] = await manager.query(
        `DELETE FROM outbox WHERE id IN (
           SELECT id FROM outbox WHERE published_at <= now() - $1 * interval '1 millisecond' ORDER BY published_at LIMIT $2)`,
        [olderThanMs, limit],
      );
      return count;
    });
  }

  private read<T>(sql: string, parameters: unknown[]): Promise<T> {
    return this.unitOfWork.run((manager) => manager.query(sql, parameters));
  }
}

function storedOf(row: Selected): StoredOutboxRow {
  return {
    id: Number(row.id),
    eventId: row.event_id,
    topic: row.topic,
    key: row.key,
    value: row.value,
    headers: row.headers.map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    createdAt: row.created_at,
  };
}

function lockName({ topic, key }: OutboxRow): string {
  return `${topic}/${key?.toString('hex')}`;
}
