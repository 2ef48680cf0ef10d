import type { Slice, WindowClosed, WindowColumn } from '@millrace/contracts';
import { DRIFT_DEFAULTS } from '@millrace/evaluation';
import type { AlertSubject, Observation } from './alert';

/** What rules look at: a closed window, or the same one corrected. */
export type WatchedWindow = Pick<
  WindowClosed,
  'endpoint' | 'major' | 'time' | 'start' | 'end' | 'slice' | 'model' | 'version' | 'rows' | 'columns' | 'statuses'
>;

export interface WatchRules {
  /** Largest share of responses that may be neither PREDICTED nor FALLBACK. */
  readonly unanswered: number;
}

export interface Observed {
  readonly about: AlertSubject;
  readonly observation: Observation;
}

/** A share of fewer responses says nothing. */
const LEAST_ROWS = 20;

/** What the rules say about one window: one observation for each rule and what it is about. */
export function watchWindow(window: WatchedWindow, event: string, rules: WatchRules): Observed[] {
  return [...driftOf(window, event), ...unansweredOf(window, event, rules)];
}

function driftOf(window: WatchedWindow, event: string): Observed[] {
  return window.columns.flatMap((column) =>
    column.drift === null
      ? []
      : [
          observed(
            window,
            event,
            'DRIFT',
            column.name,
            column.alarm,
            DRIFT_DEFAULTS.minimumPsi,
            driftFigures(column),
            driftStatement(column),
          ),
        ],
  );
}

const driftFigures = ({ drift, count, missing, unseen, outOfRange }: WindowColumn) => ({
  ...drift,
  count,
  missing,
  unseen,
  outOfRange,
});

const driftStatement = ({ name, reason }: WindowColumn): string =>
  reason === null ? `${name} is distributed as in training, as far as can be told` : `${name}: ${reason}`;

function unansweredOf(window: WatchedWindow, event: string, { unanswered }: WatchRules): Observed[] {
  const { rows, statuses } = window;
  if (rows < LEAST_ROWS) return [];
  const share = 1 - ((statuses.PREDICTED ?? 0) + (statuses.FALLBACK ?? 0)) / rows;
  const said = `${(100 * share).toFixed(1)} % of ${rows} responses were neither PREDICTED nor FALLBACK`;
  return [observed(window, event, 'UNANSWERED', 'status', share > unanswered, unanswered, { share }, said)];
}

function observed(
  { endpoint, major, time, start, end, slice, model, version, rows }: WatchedWindow,
  event: string,
  rule: string,
  subject: string,
  breach: boolean,
  threshold: number | null,
  figures: Record<string, number>,
  statement: string,
): Observed {
  const alert = `${endpoint}.v${major}/${rule}/${subject}${sliceOf(slice)}${time === 'SENT' ? '@sent' : ''}`;
  return {
    about: { alert, endpoint, major, rule, subject, slice },
    observation: { breach, window: { time, start, end, model, version, rows, figures, threshold, statement, event } },
  };
}

const sliceOf = (slice: Slice | null): string => (slice === null ? '' : `[${slice.feature}=${slice.value}]`);
