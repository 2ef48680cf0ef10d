import type { AlertRaised, DatasetJudged, RetrainingCause } from '@millrace/contracts';

const QUALITY_RULES: ReadonlySet<string> = new Set(['AUC', 'LOG_LOSS', 'CALIBRATION', 'ERROR']);

interface Told {
  readonly id: string;
  readonly correlationId: string;
}

/** Null for an alert that no trigger waits for: about a slice, or about what training cannot cure. */
export function causeOfAlert({ alert, rule, slice }: AlertRaised, { id, correlationId }: Told): RetrainingCause | null {
  if (slice !== null) return null;
  const kind = rule === 'DRIFT' ? 'DRIFT' : QUALITY_RULES.has(rule) ? 'QUALITY' : null;
  return kind && { kind, subject: alert, event: id, correlationId };
}

/** Null for a data set that nothing may be trained on. */
export const causeOfDataset = (
  { dataset, verdict }: DatasetJudged,
  { id, correlationId }: Told,
): RetrainingCause | null =>
  verdict === 'ACCEPTED' ? { kind: 'NEW_DATA', subject: dataset, event: id, correlationId } : null;
