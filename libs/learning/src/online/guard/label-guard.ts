import type { ParameterRules } from '../../learners/learner';
import { log } from '../elementary';
import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

/** Why an example is not learned from; the order is that of the counts in the state. */
export const GUARD_REASONS = ['LABEL_MISSING', 'LABEL_OUT_OF_RANGE', 'LOSS_SPIKE', 'LOSS_BURST'] as const;
export type GuardReason = (typeof GUARD_REASONS)[number];

export type GuardParameters = {
  readonly warmUp: number;
  readonly spikeLoss: number;
  readonly horizon: number;
  readonly baseline: number;
  readonly closeAt: number;
  readonly openAt: number;
  readonly patience: number;
};

export const GUARD_PARAMETERS: ParameterRules<GuardParameters> = {
  warmUp: { default: 500, min: 1, max: 1e6, whole: true, meaning: 'Examples before losses are judged' },
  spikeLoss: {
    default: 4.6,
    min: 0.7,
    max: 1e6,
    meaning: 'Log loss in nats below which nothing is a spike; 4.6: the model gave 1 %',
  },
  horizon: { default: 100, min: 10, max: 1e5, meaning: 'Examples over which the recent excess is averaged' },
  baseline: { default: 2_000, min: 100, max: 1e7, meaning: 'Examples over which the usual excess is averaged' },
  closeAt: { default: 5, min: 1, max: 1e9, meaning: 'Standard errors above the usual from which nothing is learned' },
  openAt: { default: 1, min: 0, max: 1e9, meaning: 'Standard errors below which learning goes on' },
  patience: {
    default: 3_000,
    min: 1,
    max: 1e7,
    whole: true,
    meaning: 'Examples after which a burst counts as the new usual',
  },
};

/** A loss beyond this moves no average further: one confident mistake is a spike, not a burst. */
const LOSS_CAP = 5;
const SPIKE_QUANTILE = 0.99;
const SPIKE_FACTOR = 2;
/** Step of the running quantile in nats (Robbins and Monro 1951). */
const QUANTILE_STEP = 0.05;
/**
 * The spread of the recent mean is followed over five baselines, and a distance counts at most 3 standard errors: else a weak
 * burst would teach the guard to overlook the strong one after it.
 */
const SPREAD_BASELINES = 5;
const SPREAD_CAP = 3;
const FIELDS = 9;

/**
 * Decides which labels a learner may see.
 *
 * - A *spike* is one example whose log loss exceeds `spikeLoss` and twice the running 0.99 quantile of the losses. A calibrated
 *   model meets a loss of L at most once in e^L examples.
 * - A *burst* is many labels that the model finds too surprising. What a model should lose is known from its own
 *   probabilities - the entropy H(p) - so loss - H(p) has mean 0 for a calibrated model whatever the examples are (the idea of
 *   Spiegelhalter 1986, https://doi.org/10.1002/sim.4780050506). Its recent mean (an exponentially weighted one) is compared
 *   with its usual mean and deviation; above `closeAt` standard errors the guard closes, below `openAt` it opens.
 *
 * Poison and drift look alike at first. After `patience` examples the guard gives in: the new state counts as usual, learning
 * goes on, and `gaveIn` counts it. So a burst shorter than `patience` is not learned, and a change that stays is learned late.
 */
export class LabelGuard {
  readonly counts = new Float64Array(GUARD_REASONS.length);
  /** Times that a burst began, and times that one outlasted the patience. */
  bursts = 0;
  gaveIn = 0;
  private judged = 0;
  private recent = 0;
  private usual = 0;
  private variance = 0;
  private spread = 0;
  private quantile = 0;
  private closedFor = 0;

  constructor(private readonly parameters: GuardParameters) {}

  /** True while a burst lasts. */
  get closed(): boolean {
    return this.closedFor > 0;
  }

  /** A label that is 0 or 1 (or a boolean), else why it is none. */
  readLabel(label: unknown): 0 | 1 | GuardReason {
    const value = typeof label === 'boolean' || typeof label === 'bigint' ? Number(label) : label;
    if (value === 0 || value === 1) return value;
    return this.count(
      value === null || value === undefined || Number.isNaN(value) ? 'LABEL_MISSING' : 'LABEL_OUT_OF_RANGE',
    );
  }

  /**
   * @param probability what the learner gave to label 1 before it saw the label.
   * @returns null: learn from it; else why not. Either way the losses of the stream are kept up with.
   */
  judge(probability: number, label: 0 | 1): GuardReason | null {
    const against = -log(1 - probability);
    const loss = label === 1 ? -log(probability) : against;
    const expected = probability * -log(probability) + (1 - probability) * against;
    const spike = this.isSpike(loss);
    this.follow(Math.min(loss, LOSS_CAP) - expected);
    if (this.closedFor > 0) return this.count('LOSS_BURST');
    this.quantile += QUANTILE_STEP * (loss > this.quantile ? SPIKE_QUANTILE : SPIKE_QUANTILE - 1);
    return spike ? this.count('LOSS_SPIKE') : null;
  }

  private isSpike(loss: number): boolean {
    const { warmUp, spikeLoss } = this.parameters;
    return this.judged >= warmUp && loss > Math.max(spikeLoss, SPIKE_FACTOR * this.quantile);
  }

  private follow(excess: number): void {
    const { warmUp, horizon, closeAt, openAt, patience } = this.parameters;
    this.judged++;
    this.recent += (excess - this.recent) / Math.min(this.judged, horizon);
    if (this.judged <= warmUp) {
      this.followUsual(excess);
      return;
    }
    const error = this.error();
    const distance = this.recent - this.usual;
    if (this.closedFor === 0) {
      if (distance > closeAt * error) {
        this.closedFor = 1;
        this.bursts++;
      } else this.followUsual(excess);
    } else if (distance < openAt * error) this.closedFor = 0;
    else if (++this.closedFor > patience) {
      this.closedFor = 0;
      this.gaveIn++;
      this.usual = this.recent;
    }
  }

  /** Standard error of the recent mean: that of independent examples, or what it was seen to be where they cluster. */
  private error(): number {
    return Math.sqrt(Math.max(this.variance / (2 * this.parameters.horizon - 1), this.spread));
  }

  private followUsual(excess: number): void {
    const share = 1 / Math.min(this.judged, this.parameters.baseline);
    const distance = excess - this.usual;
    this.usual += share * distance;
    this.variance += share * (distance * (excess - this.usual) - this.variance);
    const square = (this.recent - this.usual) ** 2;
    const most = this.judged <= this.parameters.warmUp ? square : (SPREAD_CAP * this.error()) ** 2;
    const slowly = 1 / Math.min(this.judged, SPREAD_BASELINES * this.parameters.baseline);
    this.spread += slowly * (Math.min(square, most) - this.spread);
  }

  private count(reason: GuardReason): GuardReason {
    this.counts[GUARD_REASONS.indexOf(reason)]++;
    return reason;
  }

  write(to: ByteWriter): void {
    to.f64s(this.counts).f64(this.bursts).f64(this.gaveIn);
    to.f64(this.judged)
      .f64(this.recent)
      .f64(this.usual)
      .f64(this.variance)
      .f64(this.spread)
      .f64(this.quantile)
      .f64(this.closedFor);
  }

  static read(from: ByteReader, parameters: GuardParameters): LabelGuard {
    const guard = new LabelGuard(parameters);
    from.f64s(guard.counts, GUARD_REASONS.length, 0);
    guard.bursts = from.f64(0);
    guard.gaveIn = from.f64(0);
    guard.judged = from.f64(0);
    guard.recent = from.f64();
    guard.usual = from.f64();
    guard.variance = from.f64(0);
    guard.spread = from.f64(0);
    guard.quantile = from.f64();
    guard.closedFor = from.f64(0);
    return guard;
  }

  static readonly bytes = 8 * (GUARD_REASONS.length + FIELDS);
}
