import { calendarPart } from '../../features/calendar';
import type { Row, RowLayout } from '../rows/row-layout';
import { Vocabulary } from '../rows/vocabulary';

/** The calendar parts that a tree sees of a time. */
export const TIME_PARTS = ['minute-of-day', 'day-of-week'] as const;

/**
 * What a tree splits on: `values` are the numbers, then minute of the day and day of the week of each time (NaN = missing);
 * `codes` are the numbers of the categories in their vocabularies, or `vocabulary` for all others.
 */
export class TreeFeatures {
  readonly values: Float32Array;
  readonly codes: Int32Array;
  vocabularies: Vocabulary[];

  constructor(
    readonly rows: RowLayout,
    /** Categories of an input that can be told apart. */
    readonly vocabulary: number,
  ) {
    this.values = new Float32Array(rows.numbers.length + TIME_PARTS.length * rows.times.length);
    this.codes = new Int32Array(rows.categories.length);
    this.vocabularies = rows.categories.map(() => new Vocabulary(vocabulary));
  }

  read(row: Row): void {
    this.values.set(row.numbers);
    for (let time = 0, at = row.numbers.length; time < row.times.length; time++) {
      const ms = row.times[time];
      for (const part of TIME_PARTS) this.values[at++] = Number.isNaN(ms) ? Number.NaN : calendarPart(part, ms);
    }
    for (let i = 0; i < this.codes.length; i++)
      this.codes[i] = this.code(this.vocabularies[i].numberOf(row.categories[i]));
  }

  admit(row: Row): void {
    for (let i = 0; i < this.codes.length; i++)
      this.codes[i] = this.code(this.vocabularies[i].admit(row.categories[i]));
  }

  private code(number: number): number {
    return number < 0 ? this.vocabulary : number;
  }
}
