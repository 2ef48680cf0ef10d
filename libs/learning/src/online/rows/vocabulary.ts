import type { ByteReader } from '../state/byte-reader';
import { damaged } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

/** Longer categories are never listed: they share the place of the others. */
const MAX_CATEGORY_LENGTH = 256;

/**
 * The categories of one input that have been learned from, in the order in which the log brought them, so that the same log
 * gives the same numbers. Number 0 is the missing category (""), known from the start. Once it is full, later categories stay
 * *others*.
 */
export class Vocabulary {
  readonly words: string[] = [''];
  private readonly numbers = new Map<string, number>([['', 0]]);

  constructor(private readonly limit: number) {}

  get full(): boolean {
    return this.words.length >= this.limit;
  }

  /** The number of a category, or -1. */
  numberOf(category: string): number {
    return this.numbers.get(category) ?? this.slowNumberOf(category);
  }

  /** The number of a category, which is taken in if there is room; else -1. */
  admit(category: string): number {
    const known = this.numberOf(category);
    if (known >= 0 || this.full || category.length > MAX_CATEGORY_LENGTH) return known;
    const word = wellFormed(category);
    this.numbers.set(word, this.words.length);
    return this.words.push(word) - 1;
  }

  write(to: ByteWriter): void {
    to.u32(this.words.length - 1);
    for (const word of this.words.slice(1)) to.text(word);
  }

  static read(from: ByteReader, limit: number): Vocabulary {
    const vocabulary = new Vocabulary(limit);
    const count = from.u32(limit - 1);
    for (let n = 0; n < count; n++) {
      if (vocabulary.admit(from.text(3 * MAX_CATEGORY_LENGTH)) !== n + 1) throw damaged('lists a category twice');
    }
    return vocabulary;
  }

  static bytesAtMost(limit: number): number {
    return 4 + limit * (4 + 3 * MAX_CATEGORY_LENGTH);
  }

  /** Texts with half a surrogate pair have no UTF-8 form; they count as what UTF-8 makes of them. */
  private slowNumberOf(category: string): number {
    if (category.length > MAX_CATEGORY_LENGTH) return -1;
    const word = wellFormed(category);
    return word === category ? -1 : (this.numbers.get(word) ?? -1);
  }
}

const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD');
