import { applyFeatures } from '../features/apply-features';
import { findExtrapolation } from '../features/extrapolation';
import type { FittedStep } from '../features/feature-step';
import type { Model, Task } from '../learners/model';
import { predict } from '../learners/predict';
import type { Table } from '../table/table';
import type { InputProfile } from './profile-inputs';

/** A model together with its preprocessing: everything that the ONNX file holds. */
export interface TrainedModel {
  readonly task: Task;
  readonly inputs: readonly InputProfile[];
  readonly steps: readonly FittedStep[];
  readonly model: Model;
}

/** Probability of class 1 (or the number itself) for each row of raw inputs. */
export function predictTable(trained: TrainedModel, table: Table): Float64Array {
  return predict(trained.model, applyFeatures(trained.steps, table));
}

/** One sentence per feature that the hold-out set takes outside the range of the training rows. */
export function extrapolationWarnings(trained: TrainedModel, training: Table, holdOut: Table): string[] {
  const found = findExtrapolation(applyFeatures(trained.steps, training), applyFeatures(trained.steps, holdOut));
  return found.map(
    ({ feature, share }) =>
      `Feature ${feature} extrapolates: ${Math.round(100 * share)} % of the hold-out rows lie outside the training range.`,
  );
}
