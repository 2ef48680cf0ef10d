import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { keyOfText, textOf, type WindowKey } from '../domain/window-key';
import type { PartitionClock, TimeLine } from '../domain/window-time';

export interface StoredWindow<State> {
  readonly key: WindowKey;
  readonly rows: number;
  /** Plain data whose JSON depends on the rows alone. */
  readonly state: State;
}

/** A window that is to be told of, and what was told before. */
export interface UntoldWindow<State> extends StoredWindow<State> {
  /** Null: nothing yet. */
  readonly corrections: number | null;
}

export interface Untold {
  readonly time: TimeLine;
  /** Windows that begin before are over. */
  readonly closedBefore: number;
  /** Windows that begin before are forgotten. */
  readonly forgottenBefore: number;
  /** Windows that were told of later than this wait with their correction. */
  readonly toldUpTo: number;
}

/** Most windows told of in one transaction; the rest follow. */
const TOLD_AT_ONCE = 500;

/**
 * Windows, watermarks and what was told, of one book each: `flights-late.v1` for what was asked and answered on one major of an
 * endpoint, `quality/flights-late.v1` for how good that was.
 */
@Injectable()
export class WindowRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Batches of one book are folded one after the other: windows hold rows of all partitions. */
  async lock(family: string): Promise<void> {
    await this.query(`SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || $1, 0))`, [
      `.windows.${family}`,
    ]);
  }

  async states<State>(
    family: string,
    keys: readonly WindowKey[],
  ): Promise<Map<string, Pick<StoredWindow<State>, 'rows' | 'state'>>> {
    const found = await this.query<{ window_key: string; rows: string; state: string }>(
      'SELECT window_key, rows, state FROM windows WHERE family = $1 AND window_key = ANY($2)',
      [family, keys.map(textOf)],
    );
    return new Map(
      found.map(({ window_key, rows, state }) => [window_key, { rows: Number(rows), state: JSON.parse(state) }]),
    );
  }

  async save(family: string, windows: readonly StoredWindow<unknown>[]): Promise<void> {
    if (windows.length === 0) return;
    await this.query(
      `INSERT INTO windows (family, window_key, time_line, start, rows, state)
       SELECT $1, key, time_line, start, rows, state
       FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) AS given (key, time_line, start, rows, state)
       ON CONFLICT (family, window_key) DO UPDATE SET rows = excluded.rows, state = excluded.state`,
      [
        family,
        windows.map(({ key }) => textOf(key)),
        windows.map(({ key }) => key.time),
        windows.map(({ key }) => key.start),
        windows.map(({ rows }) => rows),
        windows.map(({ state }) => JSON.stringify(state)),
      ],
    );
  }

  async starts(family: string, time: TimeLine): Promise<number[]> {
    const rows = await this.query<{ start: string }>(
      'SELECT DISTINCT start FROM windows WHERE family = $1 AND time_line = $2',
      [family, time],
    );
    return rows.map(({ start }) => Number(start));
  }

  /** One clock a partition, in their order. */
  async clocks(family: string, time: TimeLine, partitions: number): Promise<PartitionClock[]> {
    const rows = await this.query<{
      partition: number;
      watermark: string | null;
      touched_at: string | null;
      behind: boolean | null;
    }>(
      `SELECT partition, watermark, touched_at, behind FROM window_watermarks
       FULL JOIN window_progress USING (family, time_line, partition) WHERE family = $1 AND time_line = $2`,
      [family, time],
    );
    const numberOf = (text: string | null | undefined) => (text === null || text === undefined ? null : Number(text));
    return Array.from({ length: partitions }, (_, partition) => {
      const row = rows.find((one) => one.partition === partition);
      return {
        watermark: numberOf(row?.watermark),
        touchedAt: numberOf(row?.touched_at),
        behind: row?.behind ?? false,
      };
    });
  }

  async advance(family: string, time: TimeLine, partition: number, watermark: number): Promise<void> {
    await this.query(
      `INSERT INTO window_watermarks (family, time_line, partition, watermark) VALUES ($1, $2, $3, $4)
       ON CONFLICT (family, time_line, partition)
       DO UPDATE SET watermark = greatest(window_watermarks.watermark, excluded.watermark)`,
      [family, time, partition, watermark],
    );
  }

  /** @param times time lines that the batch had rows of the partition on */
  async touch(
    family: string,
    partition: number,
    times: readonly TimeLine[],
    at: number,
    behind: boolean,
  ): Promise<void> {
    await this.query(
      `INSERT INTO window_progress (family, time_line, partition, touched_at, behind)
       SELECT $1, time_line, $2, CASE WHEN time_line = ANY($3::text[]) THEN $4::bigint END, $5
       FROM unnest(ARRAY['EVENT', 'SENT']) AS given (time_line)
       ON CONFLICT (family, time_line, partition) DO UPDATE
       SET touched_at = coalesce(excluded.touched_at, window_progress.touched_at), behind = excluded.behind`,
      [family, partition, times, at, behind],
    );
  }

  /** What was never told and is over or about to be forgotten, and what was told of fewer rows. */
  async untold<State>(
    family: string,
    { time, closedBefore, forgottenBefore, toldUpTo }: Untold,
  ): Promise<UntoldWindow<State>[]> {
    const found = await this.query<{ window_key: string; rows: string; state: string; corrections: number | null }>(
      `SELECT window_key, windows.rows, state, corrections
       FROM windows LEFT JOIN window_reports told USING (family, window_key)
       WHERE family = $1 AND time_line = $2 AND told.rows IS DISTINCT FROM windows.rows
         AND (start < $4 OR CASE WHEN told.rows IS NULL THEN start < $3 ELSE told_at <= $5 END)
       ORDER BY start LIMIT ${TOLD_AT_ONCE}`,
      [family, time, bounded(closedBefore), bounded(forgottenBefore), toldUpTo],
    );
    return found.map(({ window_key, rows, state, corrections }) => ({
      key: keyOfText(window_key),
      rows: Number(rows),
      state: JSON.parse(state),
      corrections,
    }));
  }

  async told(family: string, windows: readonly UntoldWindow<unknown>[], at: number): Promise<void> {
    await this.query(
      `INSERT INTO window_reports (family, window_key, rows, corrections, told_at)
       SELECT $1, key, rows, 0, $4 FROM unnest($2::text[], $3::bigint[]) AS given (key, rows)
       ON CONFLICT (family, window_key)
       DO UPDATE SET rows = excluded.rows, corrections = window_reports.corrections + 1, told_at = excluded.told_at`,
      [family, windows.map(({ key }) => textOf(key)), windows.map(({ rows }) => rows), at],
    );
  }

  /** Windows that take no rows any more, once all of them were told. */
  async forget(family: string, time: TimeLine, before: number): Promise<void> {
    await this.query(
      `DELETE FROM windows USING window_reports told
       WHERE windows.family = $1 AND windows.time_line = $2 AND windows.start < $3
         AND told.family = windows.family AND told.window_key = windows.window_key AND told.rows = windows.rows`,
      [family, time, bounded(before)],
    );
  }

  /** Whether some windows still hold what was not told. */
  async hasUntold(family: string): Promise<boolean> {
    const rows = await this.query(
      `SELECT 1 FROM windows JOIN window_reports told USING (family, window_key)
       WHERE family = $1 AND told.rows <> windows.rows LIMIT 1`,
      [family],
    );
    return rows.length > 0;
  }

  /** Version of the last fact about a family before these: `count` more follow it. */
  async takeVersions(family: string, count: number): Promise<number> {
    const rows = await this.query<{ version: string }>(
      `INSERT INTO window_families (family, version) VALUES ($1, $2)
       ON CONFLICT (family) DO UPDATE SET version = window_families.version + $2 RETURNING version`,
      [family, count],
    );
    return Number(rows[0]?.version) - count;
  }

  private query<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    return this.unitOfWork.manager.query(sql, parameters);
  }
}

/** Infinities as bigint: a century of milliseconds beyond anything that a record may say. */
const bounded = (time: number): number => Math.max(-(2 ** 53), Math.min(2 ** 53, time));
