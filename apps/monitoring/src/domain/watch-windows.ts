import type { WindowClosed, WindowColumn } from '@millrace/contracts';
import { DRIFT_DEFAULTS } from '@millrace/evaluation';
import { type Breach, type Observed, observed, type ToldWindow } from './observe';

/** What rules look at: a closed window, or the same one corrected. */
export type WatchedWindow = ToldWindow & Pick<WindowClosed, 'columns' | 'statuses'>;

export interface WatchRules {
  /** Largest share of responses that may be neither PREDICTED nor FALLBACK. */
  readonly unanswered: number;
}

/** Fewer responses say nothing, unless a column alarms. */
const LEAST_ROWS = 20;

/** What the rules say about one window: one observation for each rule and what it is about. */
export function watchWindow(window: WatchedWindow, event: string, rules: WatchRules): Observed[] {
  return [...driftOf(window, event), ...unansweredOf(window, event, rules)];
}

function driftOf(window: WatchedWindow, event: string): Observed[] {
  return window.columns
    .filter(({ drift }) => drift !== null)
    .map((column) =>
      observed(window, event, {
        rule: 'DRIFT',
        subject: column.name,
        breach: drifts(column, window.rows),
        threshold: DRIFT_DEFAULTS.minimumPsi,
        figures: driftFigures(column),
        statement: driftStatement(column),
      }),
    );
}

/** An alarm is sure and large; what is large without being sure may be chance, and is no sign that a drift is over either. */
function drifts({ alarm, drift }: WindowColumn, rows: number): Breach {
  if (alarm) return true;
  const { psi = 0, psiNoise = 0, ...tests } = drift ?? {};
  const rose = Object.entries(tests).some(([name, by]) => name.endsWith('Rise') && by >= DRIFT_DEFAULTS.minimumRise);
  return rows < LEAST_ROWS || rose || psi - psiNoise >= DRIFT_DEFAULTS.minimumPsi ? null : false;
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
  const statement = `${(100 * share).toFixed(1)} % of ${rows} responses were neither PREDICTED nor FALLBACK`;
  const breach = share > unanswered;
  return [
    observed(window, event, {
      rule: 'UNANSWERED',
      subject: 'status',
      breach,
      threshold: unanswered,
      figures: { share },
      statement,
    }),
  ];
}
