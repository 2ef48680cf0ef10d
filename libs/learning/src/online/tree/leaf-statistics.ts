import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

/** Per number: count, mean and squared distances for label 0, the same for label 1, smallest and largest value. */
export const NUMBER_FIELDS = 8;
const MIN = 6;
const MAX = 7;
const LARGEST_SQUARES = 1e60;

/**
 * What a leaf has seen, for finding its split: a Gaussian per number and label (Gama, Fernandes and Rocha 2006), a count per
 * category and label. Missing numbers are in neither.
 */
export class LeafStatistics {
  readonly numbers: Float64Array;
  /** Per category input: [label 0, label 1] of each code; the last code is the others. */
  readonly counts: readonly Uint32Array[];
  /** Examples of label 0 and 1 since these statistics began. */
  readonly labels = new Float64Array(2);
  seenAtLastAttempt = 0;

  constructor(numbers: number, categories: number, vocabulary: number) {
    this.numbers = new Float64Array(NUMBER_FIELDS * numbers);
    this.counts = Array.from({ length: categories }, () => new Uint32Array(2 * (vocabulary + 1)));
  }

  get seen(): number {
    return this.labels[0] + this.labels[1];
  }

  /** @param values winsorised numbers; NaN says nothing. */
  learn(values: Float64Array, codes: Int32Array, label: number): void {
    this.labels[label]++;
    const { numbers } = this;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (Number.isNaN(value)) continue;
      const start = NUMBER_FIELDS * i;
      const at = start + 3 * label;
      if (numbers[start] + numbers[start + 3] === 0) {
        numbers[start + MIN] = value;
        numbers[start + MAX] = value;
      } else if (value < numbers[start + MIN]) numbers[start + MIN] = value;
      else if (value > numbers[start + MAX]) numbers[start + MAX] = value;
      const distance = value - numbers[at + 1];
      numbers[at + 1] += distance / ++numbers[at];
      numbers[at + 2] += distance * (value - numbers[at + 1]);
    }
    for (let i = 0; i < codes.length; i++) this.counts[i][2 * codes[i] + label]++;
  }

  /** Counts are written up to the end of the vocabulary, then those of the others. */
  write(to: ByteWriter, words: readonly number[]): void {
    to.f64s(this.labels).f64(this.seenAtLastAttempt).f64s(this.numbers);
    for (let i = 0; i < this.counts.length; i++) {
      to.u32s(this.counts[i], 2 * words[i]);
      to.u32s(this.counts[i].subarray(-2));
    }
  }

  read(from: ByteReader, words: readonly number[]): this {
    from.f64s(this.labels, 2, 0);
    this.seenAtLastAttempt = from.f64(0);
    from.f64s(this.numbers, this.numbers.length, -LARGEST_SQUARES, LARGEST_SQUARES);
    for (let i = 0; i < this.counts.length; i++) {
      from.u32s(this.counts[i], 2 * words[i], 2 ** 32 - 1);
      from.u32s(this.counts[i].subarray(-2), 2, 2 ** 32 - 1);
    }
    return this;
  }
}
