import { categoryText } from '../../features/category-text';
import type { Input } from '../../features/feature-step';
import { LearningError } from '../../learning-error';

/**
 * One example in the form that learners compute with. Missing is NaN for numbers and times, the empty string for categories.
 */
export interface Row {
  /** float32, because that is what the ONNX graph computes with. */
  readonly numbers: Float32Array;
  readonly categories: string[];
  /** Whole milliseconds since 1970. */
  readonly times: Float64Array;
}

const MAX_INPUTS = 1_024;
/** The last moment of a JavaScript date; what lies beyond is no time of anything. */
const LAST_MS = 8.64e15;

/**
 * The declared inputs, sorted out once by kind, in the order of their declaration. Reading never throws: what is absent, null,
 * of another type or not a number counts as missing, because a stream has to go on.
 */
export class RowLayout {
  readonly numbers: readonly string[];
  readonly categories: readonly string[];
  readonly times: readonly string[];

  /** @throws LearningError LEARNING_PLAN_INVALID for no input, too many, or two of one name. */
  constructor(readonly inputs: readonly Input[]) {
    if (inputs.length === 0 || inputs.length > MAX_INPUTS)
      throw refuse(`A learner takes 1 to ${MAX_INPUTS} inputs; got ${inputs.length}.`);
    const names = inputs.map(({ name }) => name);
    const twice = names.find((name, position) => names.indexOf(name) !== position);
    if (twice !== undefined) throw refuse(`Two inputs are called "${twice}"; give each a name of its own.`);
    const ofKind = (kind: Input['kind']) => inputs.filter((input) => input.kind === kind).map(({ name }) => name);
    this.numbers = ofKind('NUMBER');
    this.categories = ofKind('CATEGORY');
    this.times = ofKind('TIME');
  }

  /** Room for one row; it may be read into again and again, since learners keep nothing of it. */
  row(): Row {
    return {
      numbers: new Float32Array(this.numbers.length).fill(Number.NaN),
      categories: new Array<string>(this.categories.length).fill(''),
      times: new Float64Array(this.times.length).fill(Number.NaN),
    };
  }

  read(features: Readonly<Record<string, unknown>>, into: Row): Row {
    for (let i = 0; i < this.numbers.length; i++) into.numbers[i] = numberOf(features[this.numbers[i]]);
    for (let i = 0; i < this.categories.length; i++) into.categories[i] = categoryOf(features[this.categories[i]]);
    for (let i = 0; i < this.times.length; i++) into.times[i] = timeOf(features[this.times[i]]);
    return into;
  }
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' || typeof value === 'bigint' ? Number(value) : Number.NaN;
}

function categoryOf(value: unknown): string {
  if (typeof value === 'string') return categoryText(value);
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

function timeOf(value: unknown): number {
  const ms = numberOf(value);
  return Number.isInteger(ms) && Math.abs(ms) <= LAST_MS ? ms : Number.NaN;
}

const refuse = (message: string) => new LearningError('LEARNING_PLAN_INVALID', message);
