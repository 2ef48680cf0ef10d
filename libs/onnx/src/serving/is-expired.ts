import type { PredictionRequest } from '@millrace/contracts';

/** A request past its deadline is not worth a session. @param now milliseconds since 1970; a response tells it as `decidedAt`. */
export const isExpired = (request: PredictionRequest, now: number): boolean =>
  request.deadline !== null && request.deadline < now;
