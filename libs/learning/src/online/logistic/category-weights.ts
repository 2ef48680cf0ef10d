import { Vocabulary } from '../rows/vocabulary';
import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';
import type { WeightLayout } from './weight-layout';

/** Which weight a category of one input has: its bucket if the vocabulary lists it, else the one that all others share. */
export class CategoryWeights {
  private readonly buckets: number[];

  constructor(
    private readonly layout: WeightLayout,
    private readonly input: number,
    readonly vocabulary: Vocabulary,
  ) {
    this.buckets = vocabulary.words.map((word) => layout.bucketOf(input, word));
  }

  indexOf(category: string): number {
    const number = this.vocabulary.numberOf(category);
    return number < 0 ? this.layout.other(this.input) : this.buckets[number];
  }

  admit(category: string): number {
    const number = this.vocabulary.admit(category);
    if (number < 0) return this.layout.other(this.input);
    if (number === this.buckets.length)
      this.buckets.push(this.layout.bucketOf(this.input, this.vocabulary.words[number]));
    return this.buckets[number];
  }

  write(to: ByteWriter): void {
    this.vocabulary.write(to);
  }

  static read(from: ByteReader, layout: WeightLayout, input: number, limit: number): CategoryWeights {
    return new CategoryWeights(layout, input, Vocabulary.read(from, limit));
  }
}
