/** Why training refused its input. `code` is stable; the message says what, why and what to do next. */
export type LearningErrorCode =
  | 'LEARNING_TABLE_INVALID'
  | 'LEARNING_PLAN_INVALID'
  | 'LEARNING_LABEL_INVALID'
  | 'LEARNING_SINGLE_CLASS'
  | 'LEARNING_TOO_FEW_ROWS'
  | 'LEARNING_CHECKPOINT_MISMATCH'
  | 'LEARNING_STATE_DAMAGED'
  | 'LEARNING_STATE_MISMATCH';

export class LearningError extends Error {
  constructor(
    readonly code: LearningErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'LearningError';
  }
}
