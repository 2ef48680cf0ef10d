import type { Decision } from './domain/decision';
import { isRefusal } from './domain/find-version';
import type { Refusal } from './domain/refusal';

/** Carries a refusal out of a controller; the filter turns it into the answer. */
export class Refused extends Error {
  constructor(
    readonly refusal: Refusal,
    /** Seconds after which asking again makes sense. */
    readonly retryAfterS?: number,
  ) {
    super(refusal.message);
  }
}

/** The value, or the refusal thrown. */
export function orRefuse<T extends object>(found: T | Refusal): T {
  if (isRefusal(found)) throw new Refused(found);
  return found as T;
}

/** Throws the refusal of a decision, so that only those with records and an answer go on. */
export function acceptedOf<T>(decision: Decision<T>) {
  if ('refusal' in decision) throw new Refused(decision.refusal);
  return decision;
}

/** The log cannot be read to its end or written now: 503, with a word on when to come back. */
export const unavailable = (errorCode: 50001 | 50002 | 50003, message: string, retryAfterS: number): Refused =>
  new Refused({ status: 503, errorCode, message }, retryAfterS);
