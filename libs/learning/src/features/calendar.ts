/**
 * Parts of a calendar date computed from whole milliseconds since 1970 by integer arithmetic only, so that the ONNX graph
 * can repeat every step with Add, Sub, Mul, Div and Mod on int64 (libs/onnx, `calendar-nodes.ts`, mirrors this file).
 * The civil date is Howard Hinnant's algorithm (https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
 */
export const CALENDAR_PARTS = {
  'minute-of-day': { first: 0, size: 1440, extrapolates: false },
  'hour-of-day': { first: 0, size: 24, extrapolates: false },
  /** 0 = Sunday. */
  'day-of-week': { first: 0, size: 7, extrapolates: false },
  /** 1 = January. A model that has seen only some months extrapolates into the others. */
  month: { first: 1, size: 12, extrapolates: true },
  /** 1 = 1 January. */
  'day-of-year': { first: 1, size: 366, extrapolates: true },
} as const;

export type CalendarPart = keyof typeof CALENDAR_PARTS;

const MS_PER_DAY = 86_400_000;

export function calendarPart(part: CalendarPart, ms: number): number {
  const withinDay = floorMod(ms, MS_PER_DAY);
  const day = (ms - withinDay) / MS_PER_DAY;
  switch (part) {
    case 'minute-of-day':
      return Math.floor(withinDay / 60_000);
    case 'hour-of-day':
      return Math.floor(withinDay / 3_600_000);
    case 'day-of-week':
      return floorMod(day + 4, 7);
    case 'month':
      return floorMod(civil(day).monthFromMarch + 2, 12) + 1;
    case 'day-of-year':
      return day - firstOfYear(civil(day)) + 1;
  }
}

interface CivilDate {
  /** Year that begins in March. */
  readonly marchYear: number;
  /** 0 = March ... 11 = February. */
  readonly monthFromMarch: number;
}

function civil(day: number): CivilDate {
  const shifted = day + 719_468;
  const dayOfEra = floorMod(shifted, 146_097);
  const era = (shifted - dayOfEra) / 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  return { marchYear: yearOfEra + 400 * era, monthFromMarch: Math.floor((5 * dayOfYear + 2) / 153) };
}

/** Days from 1970-01-01 to 1 January of the civil year; `before` is the March year in which that day lies. */
function firstOfYear({ marchYear, monthFromMarch }: CivilDate): number {
  const before = marchYear + Math.floor(monthFromMarch / 10) - 1;
  return 365 * before + floorDiv(before, 4) - floorDiv(before, 100) + floorDiv(before, 400) + 306 - 719_468;
}

const floorMod = (a: number, b: number): number => ((a % b) + b) % b;
const floorDiv = (a: number, b: number): number => (a - floorMod(a, b)) / b;
