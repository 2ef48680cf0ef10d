import type { LogRecord } from './log-record';
import type { Refusal } from './refusal';

/** What a write comes to: records to append, then the answer; or no, with the reason. No records = it was so already. */
export type Decision<T> =
  | { readonly records: readonly LogRecord[]; readonly answer: T }
  | { readonly refusal: Refusal };

export const accept = <T>(answer: T, ...records: LogRecord[]): Decision<T> => ({ records, answer });
export const refuse = <T>(refusal: Refusal): Decision<T> => ({ refusal });
