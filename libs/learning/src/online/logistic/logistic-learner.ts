import { checkLabel } from '../check-label';
import { sigmoid } from '../elementary';
import type { OnlineLearner } from '../online-learner';
import type { Row, RowLayout } from '../rows/row-layout';
import { RunningScaler } from '../rows/running-scaler';
import { Vocabulary } from '../rows/vocabulary';
import { type ByteReader, damaged } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';
import { hashOfState, openState, sealState } from '../state/sealed-state';
import { CategoryWeights } from './category-weights';
import { LARGEST_SUM, OPTIMISER_BYTES, type Optimiser } from './optimiser';
import { trainedLogistic } from './trained-logistic';
import { WeightLayout } from './weight-layout';

export interface LogisticSettings {
  readonly interceptRate: number;
  readonly clip: number;
  readonly bits: number;
  readonly hashSeed: number;
  readonly vocabulary: number;
}

/**
 * Logistic regression, one example at a time: standardised numbers, hashed categories, hour and weekday of times.
 *
 * The gradient is that of the log loss of the very prediction that `predict` gives; after it the scaler and the vocabulary take
 * the example in. A missing number counts as its mean, a missing category as the category "", a missing time adds nothing. A
 * category that was never learned from has the weight of the others: 0 until the vocabulary is full and others are learned.
 *
 * The steps of the intercept never shorten: the share of ones is what moves most on a stream, and what all examples tell of.
 */
export class LogisticLearner implements OnlineLearner {
  examples = 0;
  private intercept = 0;
  private readonly weightLayout: WeightLayout;
  private optimiser: Optimiser;
  private scaler: RunningScaler;
  private categories: CategoryWeights[];
  /** Scratch of one row: its standardised numbers and the weights of its hours, weekdays and categories. */
  private readonly standardised: Float64Array;
  private readonly active: Int32Array;
  private activeCount = 0;

  constructor(
    readonly layout: RowLayout,
    private readonly settings: LogisticSettings,
    private readonly fingerprint: string,
    private readonly newOptimiser: (size: number) => Optimiser,
  ) {
    this.weightLayout = new WeightLayout(layout, settings.bits, settings.hashSeed);
    this.optimiser = newOptimiser(this.weightLayout.size);
    this.scaler = new RunningScaler(layout.numbers.length, settings.clip);
    this.categories = layout.categories.map(
      (_, input) => new CategoryWeights(this.weightLayout, input, new Vocabulary(settings.vocabulary)),
    );
    this.standardised = new Float64Array(layout.numbers.length);
    this.active = new Int32Array(2 * layout.times.length + layout.categories.length);
  }

  predict(row: Row): number {
    return sigmoid(this.logOdds(row));
  }

  learn(row: Row, label: number): void {
    checkLabel(label);
    const gradient = this.predict(row) - label;
    this.admitCategories(row);
    const { optimiser, standardised, active } = this;
    this.intercept -= this.settings.interceptRate * gradient;
    optimiser.updateAll(this.weightLayout.numbers, gradient, standardised);
    for (let i = 0; i < this.activeCount; i++) optimiser.update(active[i], gradient);
    this.scaler.learn(row.numbers);
    this.examples++;
  }

  private logOdds(row: Row): number {
    const { weights } = this.optimiser;
    const { standardised, active } = this;
    this.scaler.standardise(row.numbers, standardised);
    this.activate(row);
    let sum = this.intercept;
    for (let i = 0; i < standardised.length; i++) sum += weights[i] * standardised[i];
    for (let i = 0; i < this.activeCount; i++) sum += weights[active[i]];
    return sum;
  }

  /** Categories come last, so that learning can replace theirs. */
  private activate(row: Row): void {
    let count = 0;
    for (let time = 0; time < row.times.length; time++) {
      const ms = row.times[time];
      if (Number.isNaN(ms)) continue;
      this.active[count++] = this.weightLayout.hourOf(time, ms);
      this.active[count++] = this.weightLayout.weekdayOf(time, ms);
    }
    for (let i = 0; i < this.categories.length; i++)
      this.active[count++] = this.categories[i].indexOf(row.categories[i]);
    this.activeCount = count;
  }

  private admitCategories(row: Row): void {
    const first = this.activeCount - this.categories.length;
    for (let i = 0; i < this.categories.length; i++)
      this.active[first + i] = this.categories[i].admit(row.categories[i]);
  }

  /**
   * ```
   * f64 examples | f64 intercept | scaler | vocabularies | weights up to the buckets: two f64 each
   * u32 count of touched buckets | (u32 bucket, two f64) each, ascending
   * ```
   */
  state(): Buffer {
    return sealState(this.fingerprint, (body) => {
      body.f64(this.examples).f64(this.intercept);
      this.scaler.write(body);
      for (const category of this.categories) category.write(body);
      for (let index = 0; index < this.weightLayout.buckets; index++) this.optimiser.write(index, body);
      this.writeBuckets(body);
    });
  }

  private writeBuckets(body: ByteWriter): void {
    const { buckets, size } = this.weightLayout;
    const touched: number[] = [];
    for (let index = buckets; index < size; index++) if (this.optimiser.touched(index)) touched.push(index);
    body.u32(touched.length);
    for (const index of touched) {
      body.u32(index - buckets);
      this.optimiser.write(index, body);
    }
  }

  get stateBytesAtMost(): number {
    const { bits, vocabulary } = this.settings;
    const listed = this.categories.length * Vocabulary.bytesAtMost(vocabulary);
    const buckets = Math.min(2 ** bits, this.categories.length * vocabulary) * (4 + OPTIMISER_BYTES);
    const scaler = RunningScaler.bytes(this.layout.numbers.length);
    return 200 + scaler + listed + this.weightLayout.buckets * OPTIMISER_BYTES + buckets;
  }

  restore(state: Uint8Array): void {
    openState(this.fingerprint, state, this.stateBytesAtMost, (body) => this.read(body));
  }

  private read(body: ByteReader): void {
    const examples = body.f64(0, Number.MAX_SAFE_INTEGER);
    const intercept = body.f64(-LARGEST_SUM, LARGEST_SUM);
    const scaler = RunningScaler.read(body, this.layout.numbers.length, this.settings.clip);
    const categories = this.layout.categories.map((_, input) =>
      CategoryWeights.read(body, this.weightLayout, input, this.settings.vocabulary),
    );
    const { buckets, size } = this.weightLayout;
    const optimiser = this.newOptimiser(size);
    for (let index = 0; index < buckets; index++) optimiser.read(index, body);
    const touched = body.u32(size - buckets);
    for (let n = 0, last = -1; n < touched; n++) {
      const bucket = body.u32(size - buckets - 1);
      if (bucket <= last) throw damaged('does not list its buckets in order');
      optimiser.read(buckets + bucket, body);
      last = bucket;
    }
    body.end();
    Object.assign(this, { examples, intercept, scaler, categories, optimiser });
  }

  hash(): string {
    return hashOfState(this.state());
  }

  trained() {
    return trainedLogistic({
      rows: this.layout,
      examples: this.examples,
      intercept: this.intercept,
      weights: this.optimiser.weights,
      layout: this.weightLayout,
      scaler: this.scaler,
      categories: this.categories,
    });
  }
}
