import type { FittedStep, Input } from '../../features/feature-step';
import { LearningError } from '../../learning-error';
import type { TrainedModel } from '../../training/trained-model';
import { profileInput } from '../profile-input';
import type { RowLayout } from '../rows/row-layout';
import type { RunningScaler } from '../rows/running-scaler';
import type { CategoryWeights } from './category-weights';
import type { WeightLayout } from './weight-layout';

export interface LogisticParts {
  readonly rows: RowLayout;
  readonly examples: number;
  readonly intercept: number;
  readonly weights: Float64Array;
  readonly layout: WeightLayout;
  readonly scaler: RunningScaler;
  readonly categories: readonly CategoryWeights[];
}

/**
 * The learner as a linear model of the batch family. ONNX has no hash, so each category input becomes a table: the vocabulary
 * with the weight of each category's bucket, and the weight of the others for whatever is not listed - which is what the
 * learner itself does. Weights become float32.
 */
export function trainedLogistic(parts: LogisticParts): TrainedModel {
  if (parts.examples === 0) {
    const message =
      'The learner has not learned from any example yet, so there is no model; wait for the first outcomes.';
    throw new LearningError('LEARNING_TOO_FEW_ROWS', message);
  }
  const { rows } = parts;
  const terms = rows.inputs.flatMap((input) => termsOf(parts, input));
  return {
    task: 'BINARY_CLASSIFICATION',
    inputs: rows.inputs.map((input) =>
      profileInput(input, rows, parts.scaler, (category) => parts.categories[category].vocabulary),
    ),
    steps: terms.map(({ step }) => step),
    model: {
      kind: 'linear',
      task: 'BINARY_CLASSIFICATION',
      intercept: Math.fround(parts.intercept),
      dense: Float32Array.from(terms.flatMap(({ weight }) => (typeof weight === 'number' ? [weight] : []))),
      indexed: terms.flatMap(({ weight }) => (typeof weight === 'number' ? [] : [weight])),
    },
  };
}

interface Term {
  readonly step: FittedStep;
  readonly weight: number | Float32Array;
}

function termsOf({ rows, weights, layout, scaler, categories }: LogisticParts, { name, kind }: Input): Term[] {
  switch (kind) {
    case 'NUMBER': {
      const at = rows.numbers.indexOf(name);
      const scale = { mean: scaler.means[at], scale: scaler.scales[at], limit: scaler.clip };
      return [{ step: { kind: 'standardised', name, input: name, ...scale }, weight: weights[layout.numbers + at] }];
    }
    case 'CATEGORY': {
      const at = rows.categories.indexOf(name);
      const { words } = categories[at].vocabulary;
      const table = [...words.map((word) => weights[layout.bucketOf(at, word)]), weights[layout.other(at)]];
      const step: FittedStep = { kind: 'one-hot', name, input: name, categories: [...words] };
      return [{ step, weight: Float32Array.from(table) }];
    }
    case 'TIME': {
      const at = rows.times.indexOf(name);
      const block = (part: 'hour-of-day' | 'day-of-week', start: number, size: number): Term => ({
        step: { kind: 'calendar', name: `${name}.${part}`, input: name, part, as: 'one-hot' },
        weight: Float32Array.from(weights.subarray(start, start + size)),
      });
      return [block('hour-of-day', layout.hours(at), 24), block('day-of-week', layout.weekdays(at), 7)];
    }
  }
}
