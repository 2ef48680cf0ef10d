import { AppError, InfrastructureError, PoisonError, TransientError } from '@millrace/contracts';
import type { JobFailure } from './job-messages';

export function failureOf(error: unknown): JobFailure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof AppError)) return { kind: 'other', code: 'INTERNAL', message, retriable: false, stack };
  return { kind: kindOf(error), code: error.code, message, retriable: error.retriable, stack };
}

/** The error as the parent throws it: of the same class, so that whoever decides about a retry decides alike. */
export function errorOf({ kind, code, message, retriable, stack }: JobFailure): AppError {
  const init = { code, message, context: { childStack: stack } };
  switch (kind) {
    case 'poison':
      return new PoisonError(init);
    case 'transient':
      return new TransientError(init);
    case 'infrastructure':
      return new InfrastructureError(init);
    default:
      return new AppError({ ...init, retriable });
  }
}

function kindOf(error: AppError): JobFailure['kind'] {
  if (error instanceof PoisonError) return 'poison';
  if (error instanceof TransientError) return 'transient';
  return error instanceof InfrastructureError ? 'infrastructure' : 'other';
}
