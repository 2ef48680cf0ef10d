import { PoisonError } from '@millrace/contracts';

/** For `catch`: what cannot be read is passed over, as the services do; a registry that is away is not. */
export function passOver(error: unknown): null {
  if (error instanceof PoisonError) return null;
  throw error;
}
