import { AppError, patternOf } from '@millrace/contracts';
import { type Flow, foldOf } from '../flow/flow';

/** Patterns that a flow needs a handler for. */
export function patternsOf(flow: Flow): string[] {
  return flow.consumes.flatMap((input) =>
    input.mode === 'fold' ? [foldOf(input.topic)] : input.records.map((record) => patternOf(record, input.topic)),
  );
}

/** A record without a handler would be read and dropped, a handler outside the flow would never run: both end the start. */
export function checkFlow(flow: Flow, handlers: readonly string[]): void {
  const wanted = new Set(patternsOf(flow));
  const had = new Set(handlers);
  const missing = [...wanted].filter((pattern) => !had.has(pattern));
  const unused = [...had].filter((pattern) => !wanted.has(pattern));
  if (missing.length === 0 && unused.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`no handler for ${missing.join(', ')}`] : []),
    ...(unused.length > 0 ? [`handlers that the flow does not name: ${unused.join(', ')}`] : []),
  ];
  throw new AppError({
    code: 'FLOW_MISMATCH',
    message: `${flow.service}.flow.ts and its handlers differ: ${parts.join('; ')}.`,
    retriable: false,
  });
}
