import { calendarPart } from '../../features/calendar';
import { murmur3 } from '../murmur3';
import type { RowLayout } from '../rows/row-layout';

const HOURS = 24;
const WEEKDAYS = 7;

/**
 * Where the weights stand, the intercept apart:
 *
 * ```
 * one per number | 24 hours + 7 weekdays per time | one for the others per category input | 2^bits buckets
 * ```
 *
 * A category has the bucket `murmur3(input name, zero byte, category; seed) mod 2^bits`. Two categories may share one (the
 * hashing trick, Weinberger et al. 2009): of n categories about n / 2^(bits + 1) do, 0.8 % of 1,000 with 16 bits. They then
 * share a weight, while learning and in the ONNX file alike.
 */
export class WeightLayout {
  readonly numbers = 0;
  readonly times: number;
  readonly others: number;
  readonly buckets: number;
  readonly size: number;

  constructor(
    private readonly rows: RowLayout,
    private readonly bits: number,
    private readonly seed: number,
  ) {
    this.times = this.numbers + rows.numbers.length;
    this.others = this.times + (HOURS + WEEKDAYS) * rows.times.length;
    this.buckets = this.others + rows.categories.length;
    this.size = this.buckets + 2 ** bits;
  }

  hourOf(time: number, ms: number): number {
    return this.hours(time) + calendarPart('hour-of-day', ms);
  }

  weekdayOf(time: number, ms: number): number {
    return this.weekdays(time) + calendarPart('day-of-week', ms);
  }

  /** First of the 24 weights of hours, and of the 7 of weekdays, of a time. */
  hours(time: number): number {
    return this.times + (HOURS + WEEKDAYS) * time;
  }

  weekdays(time: number): number {
    return this.hours(time) + HOURS;
  }

  other(category: number): number {
    return this.others + category;
  }

  bucketOf(category: number, word: string): number {
    return this.buckets + (murmur3(`${this.rows.categories[category]}\0${word}`, this.seed) & (2 ** this.bits - 1));
  }
}
