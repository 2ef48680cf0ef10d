import type { Estimate, QualityMeasured } from '@millrace/contracts';
import { type Breach, type Observed, observed } from './observe';

export interface QualityRules {
  /** How far AUC may be below that of the hold-out set. */
  readonly auc: number;
  /** How far log loss may be above that of the hold-out set. */
  readonly logLoss: number;
  /** How far the mean probability may be from the rate of label 1. */
  readonly calibration: number;
  /** By what share the root mean squared error may be above that of the hold-out set. */
  readonly rmse: number;
}

/** Of fewer examples nothing is said. */
const LEAST_EXAMPLES = 50;

/** A breach must be outside the confidence interval as well; what is not may be chance, and is no sign that all is well either. */
const surely = (beyond: boolean, sure: boolean): Breach => (beyond ? sure || null : false);

/** What the rules say about the quality of one window. */
export function watchQuality(measured: QualityMeasured, event: string, rules: QualityRules): Observed[] {
  if (measured.scored < LEAST_EXAMPLES) return [];
  return [
    ...aucOf(measured, event, rules),
    ...logLossOf(measured, event, rules),
    ...calibrationOf(measured, event, rules),
    ...rmseOf(measured, event, rules),
  ];
}

function aucOf(measured: QualityMeasured, event: string, { auc: margin }: QualityRules): Observed[] {
  const { estimates, holdOut } = measured;
  if (!estimates.auc || holdOut.auc === undefined) return [];
  const threshold = holdOut.auc - margin;
  const breach = surely(estimates.auc.value < threshold, estimates.auc.high < threshold);
  return [compared(measured, event, 'AUC', 'auc', breach, threshold, estimates.auc, holdOut.auc)];
}

function logLossOf(measured: QualityMeasured, event: string, { logLoss: margin }: QualityRules): Observed[] {
  const { estimates, holdOut } = measured;
  if (!estimates.logLoss || holdOut.logLoss === undefined) return [];
  const threshold = holdOut.logLoss + margin;
  const breach = surely(estimates.logLoss.value > threshold, estimates.logLoss.low > threshold);
  return [compared(measured, event, 'LOG_LOSS', 'logLoss', breach, threshold, estimates.logLoss, holdOut.logLoss)];
}

function rmseOf(measured: QualityMeasured, event: string, { rmse: share }: QualityRules): Observed[] {
  const { estimates, holdOut } = measured;
  if (!estimates.rmse || holdOut.rmse === undefined) return [];
  const threshold = holdOut.rmse * (1 + share);
  const breach = surely(estimates.rmse.value > threshold, estimates.rmse.low > threshold);
  return [compared(measured, event, 'ERROR', 'rmse', breach, threshold, estimates.rmse, holdOut.rmse)];
}

/** Calibration in the large: does it happen as often as was said? */
function calibrationOf(measured: QualityMeasured, event: string, { calibration: margin }: QualityRules): Observed[] {
  const { meanProbability: said, positiveRate: came } = measured.estimates;
  if (!said || !came) return [];
  const apart = said.low > came.high || came.low > said.high;
  const difference = said.value - came.value;
  return [
    observed({ ...measured, rows: measured.scored }, event, {
      rule: 'CALIBRATION',
      subject: 'probability',
      breach: surely(Math.abs(difference) > margin, apart),
      threshold: margin,
      figures: { difference, meanProbability: said.value, positiveRate: came.value, low: came.low, high: came.high },
      statement: `label 1 came in ${percent(came.value)} of ${measured.scored} examples, and the mean probability was ${percent(said.value)}`,
    }),
  ];
}

function compared(
  measured: QualityMeasured,
  event: string,
  rule: string,
  subject: string,
  breach: Breach,
  threshold: number,
  { value, low, high }: Estimate,
  holdOut: number,
): Observed {
  const three = (figure: number) => figure.toFixed(3);
  return observed({ ...measured, rows: measured.scored }, event, {
    rule,
    subject,
    breach,
    threshold,
    figures: { value, low, high, holdOut },
    statement: `${subject} was ${three(value)} (${three(low)} to ${three(high)}) on ${measured.scored} examples, and ${three(holdOut)} on the hold-out set`,
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
