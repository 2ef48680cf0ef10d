import { EvaluationError } from '../evaluation-error';
import { ExactSum, type ExactSumState } from '../sums/exact-sum';
import { defined, type Estimate, type Estimates, meanOf, zOf } from './estimate';

export interface RegressionQualityState {
  readonly kind: 'REGRESSION';
  readonly rows: number;
  /** Rows whose label or prediction is no number, or that are further apart than 1e75; they are in nothing else. */
  readonly unusable: number;
  /** Sums over the rows: error, absolute error, squared error, its square. */
  readonly sums: readonly ExactSumState[];
}

export interface RegressionFigures {
  readonly rows: number;
  readonly unusable: number;
  readonly confidence: number;
  /** `meanError` (prediction less label), `mae`, `rmse`, in the unit of the label. */
  readonly estimates: Estimates;
}

/** Beyond this the fourth power of an error is no finite number. */
const LARGEST = 1e75;
const SUMS = 4;

/** How good the predictions of a window were, as `ClassificationQuality` for probabilities. */
export class RegressionQuality {
  private rows = 0;
  private unusable = 0;
  private readonly sums = Array.from({ length: SUMS }, () => new ExactSum());

  static fromState(state: RegressionQualityState): RegressionQuality {
    const quality = new RegressionQuality();
    quality.merge(state);
    return quality;
  }

  add(label: unknown, prediction: unknown): void {
    const usable = typeof label === 'number' && typeof prediction === 'number';
    if (!usable || !(Math.abs(label) <= LARGEST / 2 && Math.abs(prediction) <= LARGEST / 2)) {
      this.unusable++;
      return;
    }
    this.rows++;
    const error = prediction - label;
    const squared = error * error;
    const values = [error, Math.abs(error), squared, squared * squared];
    values.forEach((value, i) => {
      this.sums[i].add(value);
    });
  }

  merge(state: RegressionQualityState): void {
    if (state.kind !== 'REGRESSION') {
      const message = `The quality of a ${state.kind} does not join that of a REGRESSION; count its rows again.`;
      throw new EvaluationError('EVALUATION_STATE_MISMATCH', message);
    }
    this.rows += state.rows;
    this.unusable += state.unusable;
    this.sums.forEach((sum, i) => {
      sum.merge(ExactSum.fromState(state.sums[i]));
    });
  }

  state(): RegressionQualityState {
    const { rows, unusable, sums } = this;
    return { kind: 'REGRESSION', rows, unusable, sums: sums.map((sum) => sum.state()) };
  }

  /** @param confidence of the intervals, each by itself. */
  figures(confidence = 0.95): RegressionFigures {
    const z = zOf(confidence);
    const { rows, unusable } = this;
    const [error, absolute, squared, fourth] = this.sums.map((sum) => sum.value());
    const estimates = defined({
      meanError: meanOf(error, squared, rows, z),
      mae: meanOf(absolute, squared, rows, z),
      rmse: rootOf(meanOf(squared, fourth, rows, z)),
    });
    return { rows, unusable, confidence, estimates };
  }
}

/** The interval of a mean of squares on the scale of logarithms, where it is nearly symmetric, then its root. */
function rootOf({ value, high }: Estimate): Estimate {
  if (value === 0) return { value: 0, low: 0, high: 0 };
  const factor = Math.exp((high - value) / value / 2);
  const root = Math.sqrt(value);
  return { value: root, low: root / factor, high: root * factor };
}
