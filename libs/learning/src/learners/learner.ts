import type { JsonValue } from '../canonical-json';
import type { FeatureStep, Input } from '../features/feature-step';
import type { Matrix } from '../features/matrix';
import type { Model, Task } from './model';

/** What is to be learned: label `labels[i]` from row i. Rows are in time order where they have a time. */
export interface Problem {
  readonly task: Task;
  readonly matrix: Matrix;
  /** 0 or 1 for classification. */
  readonly labels: Uint8Array | Float64Array;
  readonly seed: number;
}

/** A setting of a learner: its range is enforced, its default is documented, its meaning names the unit. */
export interface ParameterRule {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  readonly meaning: string;
}
export type ParameterRules<P> = { readonly [K in keyof P]: ParameterRule };

/**
 * Training as steps of bounded work, so that a worker can report, renew its lease and save between them.
 * `state()` after step n, given to `resume`, leads to the same model bytes as never having stopped.
 */
export interface Training {
  readonly stepsDone: number;
  /** An upper bound: a learner may be done earlier. */
  readonly stepsPlanned: number;
  readonly done: boolean;
  step(): void;
  state(): JsonValue;
  model(): Model;
}

export interface Learner<P extends Readonly<Record<string, number>> = Readonly<Record<string, number>>> {
  readonly name: string;
  readonly parameters: ParameterRules<P>;
  /** The preprocessing that this learner wants for these inputs. */
  features(inputs: readonly Input[], parameters: P): FeatureStep[];
  start(problem: Problem, parameters: P): Training;
  /** @param state what `state()` gave for the same problem and parameters. */
  resume(problem: Problem, parameters: P, state: JsonValue): Training;
}
