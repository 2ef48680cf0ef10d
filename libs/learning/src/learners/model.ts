export type Task = 'BINARY_CLASSIFICATION' | 'REGRESSION';

/** value = intercept + sum(dense weight * feature) + sum(weight of the index in each one-hot block). All are float32 values. */
export interface LinearModel {
  readonly kind: 'linear';
  readonly task: Task;
  readonly intercept: number;
  readonly dense: Float32Array;
  readonly indexed: readonly Float32Array[];
}

/**
 * A binary tree in pre-order; node 0 is the root. At an inner node a row goes left when its feature <= threshold, or when the
 * feature is NaN and `missingLeft` is 1. A leaf has feature -1 and a value.
 */
export interface Tree {
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly value: Float32Array;
}

/** value = base + the sum of one leaf per tree. */
export interface TreesModel {
  readonly kind: 'trees';
  readonly task: Task;
  readonly base: number;
  readonly features: readonly string[];
  readonly trees: readonly Tree[];
}

/** The same value for every row: the baseline that a model has to beat. */
export interface ConstantModel {
  readonly kind: 'constant';
  readonly task: Task;
  readonly value: number;
}

/** For a classification `value` is the log odds of class 1; the probability is sigmoid(value). */
export type Model = LinearModel | TreesModel | ConstantModel;
