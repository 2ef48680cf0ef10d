/** Why evaluation refused its input. `code` is stable; the message says what, why and what to do next. */
export type EvaluationErrorCode =
  | 'EVALUATION_PROFILE_INVALID'
  | 'EVALUATION_STATE_MISMATCH'
  | 'EVALUATION_SETTING_INVALID';

export class EvaluationError extends Error {
  constructor(
    readonly code: EvaluationErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'EvaluationError';
  }
}
