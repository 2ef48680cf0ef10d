import type { PredictionResponse } from '@millrace/contracts';

/** What one caller asked of an endpoint on one day. */
export interface UsageRow {
  /** Of the answer, in UTC: 2026-11-25. */
  readonly day: string;
  /** As the request declares it; on topics anybody can declare anything. Null: it declares none, or retention took it. */
  readonly caller: string | null;
  /** Responses, which are requests that decode: the same request id sent twice counts twice. */
  readonly requests: number;
  /** How many of them retention took, so that nobody knows who declared what. */
  readonly trimmed: number;
  /** Status -> how many. */
  readonly statuses: Readonly<Record<string, number>>;
}

type Counted = { -readonly [K in keyof UsageRow]: UsageRow[K] } & { statuses: Record<string, number> };

/** Counts per day and declared caller: as much memory as there are such pairs. */
export class UsageTally {
  private readonly rows = new Map<string, Counted>();

  count({ decidedAt, status }: Pick<PredictionResponse, 'decidedAt' | 'status'>, caller: string | null): void {
    this.add(decidedAt, status, caller);
  }

  /** A response whose request is not kept any more. */
  countTrimmed({ decidedAt, status }: Pick<PredictionResponse, 'decidedAt' | 'status'>): void {
    this.add(decidedAt, status, null).trimmed++;
  }

  /** By day, then by caller; those who declare none come last. */
  all(): UsageRow[] {
    return [...this.rows.values()].sort(
      (a, b) =>
        compare(a.day, b.day) ||
        Number(a.caller === null) - Number(b.caller === null) ||
        compare(a.caller ?? '', b.caller ?? ''),
    );
  }

  private add(decidedAt: number, status: string, caller: string | null): Counted {
    const day = new Date(decidedAt).toISOString().slice(0, 10);
    const key = JSON.stringify([day, caller]);
    const row = this.rows.get(key) ?? { day, caller, requests: 0, trimmed: 0, statuses: {} };
    this.rows.set(key, row);
    row.requests++;
    row.statuses[status] = (row.statuses[status] ?? 0) + 1;
    return row;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
