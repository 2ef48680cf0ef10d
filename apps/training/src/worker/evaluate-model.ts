import { evaluateClassification, evaluateRegression, type MetricValues } from '@millrace/evaluation';
import {
  type ConstantModel,
  labelsOf,
  predict,
  predictTable,
  type Table,
  type TrainedModel,
  takeRows,
} from '@millrace/learning';

const ROWS_A_STEP = 20_000;

export interface Evaluation {
  readonly holdOut: MetricValues;
  readonly baseline: MetricValues;
}

/** The model and the baseline on rows that training has not seen; nothing when there are none. */
export async function evaluateModel(
  trained: TrainedModel,
  baseline: ConstantModel,
  holdOut: Table,
  breathe: () => Promise<void>,
): Promise<Evaluation> {
  if (holdOut.rows === 0) return { holdOut: {}, baseline: {} };
  const predictions = new Float64Array(holdOut.rows);
  for (let start = 0; start < holdOut.rows; start += ROWS_A_STEP) {
    const rows = Int32Array.from({ length: Math.min(ROWS_A_STEP, holdOut.rows - start) }, (_, index) => start + index);
    predictions.set(predictTable(trained, takeRows(holdOut, rows)), start);
    await breathe();
  }
  const constant = predict(baseline, { rows: holdOut.rows, dense: [], indexed: [] });
  const evaluate = trained.task === 'REGRESSION' ? evaluateRegression : evaluateClassification;
  const labels = labelsOf(holdOut);
  return { holdOut: evaluate(labels, predictions), baseline: evaluate(labels, constant) };
}
