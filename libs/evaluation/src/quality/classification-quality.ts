import type { Confusion } from '../confusion';
import { EvaluationError } from '../evaluation-error';
import { lossOf } from '../log-loss';
import { ExactSum, type ExactSumState } from '../sums/exact-sum';
import { CalibrationCounts, type CalibrationCountsState } from './calibration-counts';
import { defined, type Estimate, type Estimates, meanOf, wilson, zOf } from './estimate';
import { ScoreCounts, type ScoreCountsState } from './score-counts';

export interface ClassificationQualityState {
  readonly kind: 'CLASSIFICATION';
  readonly threshold: number;
  readonly rows: number;
  /** Rows whose label is not 0 or 1 or whose probability is not 0 to 1; they are in nothing else. */
  readonly unusable: number;
  readonly calls: Confusion;
  readonly scores: ScoreCountsState;
  readonly calibration: CalibrationCountsState;
  /** Sums over the rows, and of squares: probability, loss, and squared error. */
  readonly sums: readonly ExactSumState[];
}

export interface ClassificationFigures {
  readonly rows: number;
  readonly unusable: number;
  readonly confidence: number;
  /** At most so much may the AUC be off because scores were binned. */
  readonly aucError: number;
  readonly calls: Confusion;
  /** `positiveRate`, `meanProbability`, `auc`, `logLoss`, `brier`, `calibrationError`, `accuracy`, `precision`, `recall`, `f1`: as `evaluateClassification` names them. */
  readonly estimates: Estimates;
}

const NO_CALLS: Confusion = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };

/**
 * How good the probabilities of a window were, row by row as outcomes come, in constant memory. The state is plain data and depends on the rows
 * alone: however they are ordered, split and merged, its JSON has the same bytes.
 */
export class ClassificationQuality {
  private rows = 0;
  private unusable = 0;
  private readonly calls = { ...NO_CALLS };
  private readonly scores = new ScoreCounts();
  private readonly calibration = new CalibrationCounts();
  /** Probability, its square, loss, its square, squared error, its square. */
  private readonly sums = Array.from({ length: 6 }, () => new ExactSum());

  /** @param threshold from which on a probability is a call. */
  constructor(private readonly threshold = 0.5) {
    if (!(threshold >= 0 && threshold <= 1)) {
      const message = `${threshold} is no threshold of a probability; give a number from 0 to 1.`;
      throw new EvaluationError('EVALUATION_SETTING_INVALID', message);
    }
  }

  static fromState(state: ClassificationQualityState): ClassificationQuality {
    const quality = new ClassificationQuality(state.threshold);
    quality.merge(state);
    return quality;
  }

  /** @param label 0, 1 or a boolean; @param probability of label 1. Anything else is counted as unusable. */
  add(label: unknown, probability: unknown): void {
    const truth = label === true || label === 1 ? 1 : label === false || label === 0 ? 0 : null;
    if (truth === null || typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
      this.unusable++;
      return;
    }
    this.rows++;
    const called = probability >= this.threshold;
    if (truth === 1) this.calls[called ? 'truePositives' : 'falseNegatives']++;
    else this.calls[called ? 'falsePositives' : 'trueNegatives']++;
    this.scores.add(truth, probability);
    this.calibration.add(truth, probability);
    const loss = lossOf(truth, probability);
    const squared = (probability - truth) ** 2;
    [probability, loss, squared].forEach((value, i) => {
      this.sums[2 * i].add(value);
      this.sums[2 * i + 1].add(value * value);
    });
  }

  merge(state: ClassificationQualityState): void {
    if (state.kind !== 'CLASSIFICATION' || state.threshold !== this.threshold) {
      const message = `The quality of a ${state.kind} with threshold ${state.threshold} does not join that of a CLASSIFICATION with threshold ${this.threshold}; count its rows again.`;
      throw new EvaluationError('EVALUATION_STATE_MISMATCH', message);
    }
    this.rows += state.rows;
    this.unusable += state.unusable;
    for (const call of Object.keys(NO_CALLS) as (keyof Confusion)[]) this.calls[call] += state.calls[call];
    this.scores.merge(state.scores);
    this.calibration.merge(state.calibration);
    this.sums.forEach((sum, i) => {
      sum.merge(ExactSum.fromState(state.sums[i]));
    });
  }

  state(): ClassificationQualityState {
    return {
      kind: 'CLASSIFICATION',
      threshold: this.threshold,
      rows: this.rows,
      unusable: this.unusable,
      calls: { ...this.calls },
      scores: this.scores.state(),
      calibration: this.calibration.state(),
      sums: this.sums.map((sum) => sum.state()),
    };
  }

  /** @param confidence of the intervals, each by itself. */
  figures(confidence = 0.95): ClassificationFigures {
    const z = zOf(confidence);
    const { rows, unusable } = this;
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = this.calls;
    const mean = (i: number): Estimate => meanOf(this.sums[i].value(), this.sums[i + 1].value(), rows, z);
    const { error, ...auc } = this.scores.auc(z);
    const estimates = defined({
      positiveRate: wilson(truePositives + falseNegatives, rows, z),
      meanProbability: mean(0),
      auc,
      logLoss: mean(2),
      brier: mean(4),
      calibrationError: this.calibration.expectedError(z),
      accuracy: wilson(truePositives + trueNegatives, rows, z),
      precision: wilson(truePositives, truePositives + falsePositives, z),
      recall: wilson(truePositives, truePositives + falseNegatives, z),
      f1: f1Of(wilson(truePositives, truePositives + falsePositives + falseNegatives, z)),
    });
    const aucError = estimates.auc ? error : 0;
    return { rows, unusable, confidence, aucError, calls: { ...this.calls }, estimates };
  }
}

/** F1 = 2 J / (1 + J) rises with J, the share of true positives in all rows that were called or positive; so does its interval. */
function f1Of({ value, low, high }: Estimate): Estimate {
  const of = (share: number) => (2 * share) / (1 + share);
  return { value: of(value), low: of(low), high: of(high) };
}
