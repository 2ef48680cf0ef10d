import type { Input } from '../features/feature-step';
import type { ParameterRules } from '../learners/learner';
import type { TrainedModel } from '../training/trained-model';
import type { Row, RowLayout } from './rows/row-layout';

/**
 * Learns a probability from a stream, one example after the other. No clock and no chance: the same examples in the same order
 * give the same state bytes on every machine, so a state is a function of the log up to a position, and a *fork* or
 * *rollback* is a new learner that is fed the log up to there.
 */
export interface OnlineLearner {
  readonly layout: RowLayout;
  /** Examples learned from. */
  readonly examples: number;
  /** Probability of label 1, strictly between 0 and 1. Changes nothing, also not for categories that it has never met. */
  predict(row: Row): number;
  /**
   * @param label 0 or 1.
   * @throws LearningError LEARNING_LABEL_INVALID for anything else; the state is as it was.
   */
  learn(row: Row, label: number): void;
  /** The whole learner in canonical bytes, at most `stateBytesAtMost` long. */
  state(): Buffer;
  readonly stateBytesAtMost: number;
  /** @throws LearningError LEARNING_STATE_DAMAGED or LEARNING_STATE_MISMATCH; the learner is as it was. */
  restore(state: Uint8Array): void;
  /** Hex SHA-256 of `state()`. */
  hash(): string;
  /**
   * The learner as it stands as a model with its preprocessing, for `packageModel` of libs/onnx.
   * @throws LearningError LEARNING_TOO_FEW_ROWS before the first example, LEARNING_PLAN_INVALID where the settings forbid it.
   */
  trained(): TrainedModel;
}

/** A family of online learners, as a plan names it. */
export interface OnlineLearnerKind<P extends Readonly<Record<string, number>> = Readonly<Record<string, number>>> {
  readonly name: string;
  readonly parameters: ParameterRules<P>;
  /** @throws LearningError LEARNING_PLAN_INVALID for inputs that no layout can be made of. */
  create(inputs: readonly Input[], parameters: P): OnlineLearner;
}
