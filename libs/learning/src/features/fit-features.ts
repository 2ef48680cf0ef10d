import { Random } from '../random';
import { columnOf, type Table } from '../table/table';
import { applyStep } from './apply-features';
import type { FeatureStep, FittedStep } from './feature-step';
import { fitOneHot } from './fit-one-hot';
import { fitStandardised } from './fit-standardised';
import { fitTargetEncoding } from './fit-target-encoding';
import type { DenseColumn, IndexedColumn, Matrix } from './matrix';

export interface FittedFeatures {
  readonly steps: readonly FittedStep[];
  /** The training rows: target encodings are out of fold here, so this is not `applyFeatures(steps, table)`. */
  readonly training: Matrix;
}

/** First stream of the generators of features; learners count theirs from 0. */
const FEATURES_STREAM = 1_000_000;

/** Learns the preprocessing from `table`. Each step draws from a stream of its own, so leaving one out changes no other. */
export function fitFeatures(
  steps: readonly FeatureStep[],
  table: Table,
  labels: ArrayLike<number>,
  seed: number,
): FittedFeatures {
  const fitted: FittedStep[] = [];
  const dense: DenseColumn[] = [];
  const indexed: IndexedColumn[] = [];
  for (const [position, step] of steps.entries()) {
    if (step.kind === 'target-encoding') {
      const column = columnOf(table, step.input, 'CATEGORY');
      const random = new Random(seed, FEATURES_STREAM + position);
      const { outOfFold, ...encoding } = fitTargetEncoding(column, labels, step.smoothing, step.folds, random);
      fitted.push({ kind: step.kind, name: nameOf(step), input: step.input, ...encoding });
      dense.push({ name: nameOf(step), values: outOfFold });
      continue;
    }
    const one = fitStep(step, table);
    fitted.push(one);
    const column = applyStep(one, table);
    if ('indices' in column) indexed.push(column);
    else dense.push(column);
  }
  return { steps: fitted, training: { rows: table.rows, dense, indexed } };
}

function fitStep(step: Exclude<FeatureStep, { kind: 'target-encoding' }>, table: Table): FittedStep {
  const name = nameOf(step);
  switch (step.kind) {
    case 'number':
      return { kind: step.kind, name, input: step.input };
    case 'standardised':
      return { kind: step.kind, name, input: step.input, ...fitStandardised(columnOf(table, step.input, 'NUMBER')) };
    case 'one-hot': {
      const categories = fitOneHot(columnOf(table, step.input, 'CATEGORY'), step.maxCategories);
      return { kind: step.kind, name, input: step.input, categories };
    }
    case 'calendar':
      return { kind: step.kind, name, input: step.input, part: step.part, as: step.as };
  }
}

const nameOf = (step: FeatureStep): string => (step.kind === 'calendar' ? `${step.input}.${step.part}` : step.input);
