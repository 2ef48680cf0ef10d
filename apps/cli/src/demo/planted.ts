import { FLIGHTS } from './flights';

/** The fault that the demo plants: somebody upstream begins to send kilometres where miles are meant. */
export const DISTANCE_IN_KM = 'distance-in-km';
export const KM_PER_MILE = 1.609344;
export const inKilometres = (miles: number): number => Math.round(miles * KM_PER_MILE);

const DAY_MS = 86_400_000;

/**
 * Flights that are sent a second time, later and in kilometres. Records: those of January to June, so that three rows in
 * five of the next data set are planted; the first of them follows the last record of the ordinary demo. Requests: four days, which
 * follow the last request of the ordinary demo by event time, as windows would be closed for earlier ones; three of the four windows
 * are over when the fourth begins, and an alert takes two.
 */
export const PLANTED = {
  records: { from: Date.UTC(2001, 0, 1), laterMs: 120 * DAY_MS },
  requests: {
    from: FLIGHTS.trafficFrom,
    before: FLIGHTS.trafficFrom + 4 * DAY_MS,
    laterMs: 63 * DAY_MS,
    take: 200_000,
  },
} as const;

/** How many flights of the whole file are as dense as a data set of January to April, which is two thirds of it. */
export const asDenseAs = (rows: number): number => Math.min(FLIGHTS.fileRows, Math.max(1, Math.round(rows * 1.5)));

interface Broken {
  readonly kind?: unknown;
  readonly column?: unknown;
  readonly reason?: unknown;
}

/** What a verdict says about the drift of distances; null: nothing. */
export function driftSaid(verdict: { readonly broken?: unknown } | null | undefined): string | null {
  const broken = (verdict?.broken ?? []) as readonly Broken[];
  const found = broken.find(({ kind, column }) => kind === 'DRIFT' && column === 'distance');
  return found ? String(found.reason) : null;
}

interface ToldWindow {
  readonly start: number;
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly psi: number | null;
    readonly alarm: boolean;
    readonly reason: string | null;
  }[];
}

export interface PlantedWindow {
  readonly start: number;
  readonly rows: number;
  readonly psi: number | null;
  readonly alarm: boolean;
  readonly reason: string | null;
}

/** The windows of the planted requests, and what each says about distances. */
export function plantedWindows(windows: readonly ToldWindow[]): PlantedWindow[] {
  const { from, before, laterMs } = PLANTED.requests;
  return windows
    .filter(({ start }) => start >= from + laterMs && start < before + laterMs)
    .flatMap(({ start, rows, columns }) => {
      const distance = columns.find(({ name }) => name === 'distance');
      if (!distance) return [];
      const { psi, alarm, reason } = distance;
      return [{ start, rows, psi, alarm, reason }];
    });
}
