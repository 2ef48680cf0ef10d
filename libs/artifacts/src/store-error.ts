import { AppError, InfrastructureError } from '@millrace/contracts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Any trouble of the file system is the ground's, not the artifact's. Other errors (such as the source stream's own) stay as they are. */
export function asStoreError(error: unknown, root: string): unknown {
  if (error instanceof AppError || !isSystemError(error)) return error;
  const full = FULL.has(error.code);
  return new InfrastructureError({
    code: full ? 'ARTIFACT_STORE_FULL' : 'ARTIFACT_STORE_UNREACHABLE',
    message: full
      ? `The artifact store at ${root} is full (${error.code}). Free some space; nothing half-written is left.`
      : `The artifact store at ${root} cannot be used (${error.code}). Is the folder there, mounted, and permitted to this user?`,
    cause: error,
    context: { root, errno: error.code },
  });
}

function isSystemError(error: unknown): error is { code: string; syscall: string } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'syscall' in error &&
    'code' in error &&
    typeof error.code === 'string'
  );
}
