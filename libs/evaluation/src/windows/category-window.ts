import type { CategoryReference } from './reference-profile';

/** Examples of unseen categories that a window keeps, and how much of each. */
const EXAMPLES = 5;
const EXAMPLE_LENGTH = 64;

export interface CategoryWindowState {
  readonly kind: 'CATEGORY';
  /** Rows for each category of the reference, in its order. */
  readonly counts: readonly number[];
  readonly unseen: number;
  readonly missing: number;
  /** The first five unseen values in code unit order, cut to 64 code units. */
  readonly unseenExamples: readonly string[];
}

/** What a window knows of a category. Memory depends on the vocabulary of the reference only. */
export class CategoryWindow {
  private readonly places: ReadonlyMap<string, number>;
  private readonly counts: Float64Array;
  private unseen = 0;
  private missing = 0;
  private examples: string[] = [];

  constructor(reference: CategoryReference) {
    this.places = new Map(reference.categories.map((category, i) => [category, i]));
    this.counts = new Float64Array(reference.counts.length);
  }

  add(value: unknown): void {
    if (value === null || value === undefined) {
      this.missing++;
      return;
    }
    const category = typeof value === 'string' ? value : String(value);
    const place = this.places.get(category);
    if (place !== undefined) this.counts[place]++;
    else {
      this.unseen++;
      this.keep(category.slice(0, EXAMPLE_LENGTH));
    }
  }

  merge(state: CategoryWindowState): void {
    for (let place = 0; place < this.counts.length; place++) this.counts[place] += state.counts[place];
    this.unseen += state.unseen;
    this.missing += state.missing;
    for (const example of state.unseenExamples) this.keep(example);
  }

  state(): CategoryWindowState {
    const { unseen, missing, examples } = this;
    return { kind: 'CATEGORY', counts: [...this.counts], unseen, missing, unseenExamples: [...examples] };
  }

  /** The smallest of a set do not depend on the order in which it came. */
  private keep(example: string): void {
    const { examples } = this;
    if (examples.length === EXAMPLES && example >= examples[EXAMPLES - 1]) return;
    if (examples.includes(example)) return;
    this.examples = [...examples, example].sort().slice(0, EXAMPLES);
  }
}
