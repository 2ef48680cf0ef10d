import { AppError } from '@millrace/contracts';
import { LearningError } from '@millrace/learning';

export interface Failure {
  readonly reasonCode: string;
  readonly reason: string;
  readonly retriable: boolean;
}

/** What the orchestrator is told of an error. Training is deterministic: what no code calls retriable would fail again. */
export function failureOf(error: unknown): Failure {
  if (error instanceof LearningError) return { reasonCode: error.code, reason: error.message, retriable: false };
  if (error instanceof AppError) return { reasonCode: error.code, reason: error.message, retriable: error.retriable };
  const reason = error instanceof Error ? error.message : String(error);
  return { reasonCode: 'TRAINING_FAILED', reason: `Training ended with an error: ${reason}`, retriable: false };
}
