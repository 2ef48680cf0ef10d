import { accuracy, auc, confusion, logLoss } from '@millrace/evaluation';
import { log } from '../elementary';
import type { ByteReader } from '../state/byte-reader';
import type { ByteWriter } from '../state/byte-writer';

export interface PrequentialMetrics {
  /** Share of examples whose label the probability called at 0.5. */
  readonly accuracy: number;
  /** NaN while the window holds one label only. */
  readonly auc: number;
  /** In nats; NaN without examples. */
  readonly logLoss: number;
}

export interface PrequentialReport {
  /** Examples tested since the beginning. */
  readonly examples: number;
  /** Mean log loss since the beginning, of the learner and of the two floors. */
  readonly wholeLogLoss: { readonly learner: number; readonly runningMean: number; readonly lastLabels: number };
  /** What follows is over the last `window` examples. */
  readonly window: number;
  readonly learner: PrequentialMetrics;
  readonly runningMean: PrequentialMetrics;
  /** The mean of the last 100 labels. */
  readonly lastLabels: PrequentialMetrics;
  /** The other model and the learner on those examples that carry a score of the other; null when none does. */
  readonly beside: {
    readonly examples: number;
    readonly other: PrequentialMetrics;
    readonly learner: PrequentialMetrics;
  } | null;
}

const LAST_LABELS = 100;
/** Fields of an example in the window: its label and four probabilities; -1 = the other model gave none. */
const LABEL = 0;
const LEARNER = 1;
const RUNNING_MEAN = 2;
const LAST = 3;
const OTHER = 4;
const FIELDS = 5;

/**
 * Test, then train (Gama, Sebastiao and Rodrigues 2013, https://doi.org/10.1007/s10994-012-5320-9): each example is first
 * predicted and scored. Metrics are over a sliding window, AUC too (Brzezinski and Stefanowski 2017,
 * https://doi.org/10.1007/s10115-017-1022-8), beside what needs no features: the mean label so far and that of the last 100
 * labels, each with one label of each kind added, so that they are never certain.
 */
export class Prequential {
  private examples = 0;
  private ones = 0;
  /** Of the last 100 labels. */
  private lastOnes = 0;
  /** Summed log losses: learner, running mean, last labels. */
  private readonly losses = new Float64Array(3);
  /** The last `window` examples as a ring. */
  private readonly ring: Float64Array;

  /** @param window examples, at least 100. */
  constructor(private readonly window: number) {
    this.ring = new Float64Array(FIELDS * window);
  }

  /** @param other the probability that another model gave to the same example; anything else than 0 to 1: it gave none. */
  add(probability: number, label: 0 | 1, other?: number | null): void {
    const runningMean = (this.ones + 1) / (this.examples + 2);
    const last = (this.lastOnes + 1) / (Math.min(this.examples, LAST_LABELS) + 2);
    this.lastOnes += label - (this.examples < LAST_LABELS ? 0 : this.labelBack(LAST_LABELS));
    const start = FIELDS * (this.examples % this.window);
    this.ring[start + LABEL] = label;
    this.ring[start + LEARNER] = probability;
    this.ring[start + RUNNING_MEAN] = runningMean;
    this.ring[start + LAST] = last;
    this.ring[start + OTHER] = typeof other === 'number' && other >= 0 && other <= 1 ? other : -1;
    this.losses[0] += lossOf(probability, label);
    this.losses[1] += lossOf(runningMean, label);
    this.losses[2] += lossOf(last, label);
    this.examples++;
    this.ones += label;
  }

  report(): PrequentialReport {
    const held = Math.min(this.examples, this.window);
    const all = Array.from({ length: held }, (_, row) => FIELDS * row);
    const both = all.filter((start) => this.ring[start + OTHER] >= 0);
    const mean = (sum: number) => (this.examples > 0 ? sum / this.examples : Number.NaN);
    const [learner, runningMean, lastLabels] = Array.from(this.losses, mean);
    return {
      examples: this.examples,
      wholeLogLoss: { learner, runningMean, lastLabels },
      window: held,
      learner: this.metrics(all, LEARNER),
      runningMean: this.metrics(all, RUNNING_MEAN),
      lastLabels: this.metrics(all, LAST),
      beside:
        both.length === 0
          ? null
          : { examples: both.length, other: this.metrics(both, OTHER), learner: this.metrics(both, LEARNER) },
    };
  }

  private metrics(starts: readonly number[], field: number): PrequentialMetrics {
    const labels = Float64Array.from(starts, (start) => this.ring[start + LABEL]);
    const scores = Float64Array.from(starts, (start) => this.ring[start + field]);
    return {
      accuracy: accuracy(confusion(labels, scores, 0.5)),
      auc: auc(labels, scores),
      logLoss: logLoss(labels, scores),
    };
  }

  private labelBack(back: number): number {
    return this.ring[FIELDS * ((this.examples - back) % this.window) + LABEL];
  }

  write(to: ByteWriter): void {
    const held = Math.min(this.examples, this.window);
    to.f64(this.examples)
      .f64(this.ones)
      .f64s(this.losses)
      .f64s(this.ring, FIELDS * held);
  }

  static read(from: ByteReader, window: number): Prequential {
    const evaluation = new Prequential(window);
    evaluation.examples = from.f64(0, Number.MAX_SAFE_INTEGER);
    evaluation.ones = from.f64(0, evaluation.examples);
    from.f64s(evaluation.losses, 3, 0);
    from.f64s(evaluation.ring, FIELDS * Math.min(evaluation.examples, window), -1, 1);
    const held = Math.min(evaluation.examples, LAST_LABELS);
    for (let back = 1; back <= held; back++) evaluation.lastOnes += evaluation.labelBack(back);
    return evaluation;
  }

  static bytesAtMost(window: number): number {
    return 8 * (5 + FIELDS * window);
  }
}

const lossOf = (probability: number, label: 0 | 1): number => -log(label === 1 ? probability : 1 - probability);
