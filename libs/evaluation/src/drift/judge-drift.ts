import { EvaluationError } from '../evaluation-error';
import type { ColumnReference, ColumnRole, ReferenceProfile } from '../windows/reference-profile';
import { type ColumnState, checkState, type WindowState } from '../windows/window-accumulator';
import { compareShares, type SharesCompared } from './compare-shares';
import { fisherRise } from './fisher-exact';
import { holm } from './holm';
import { cellsOf, type RareCount, rareCountsOf, rowsOf } from './read-counts';

export interface DriftOptions {
  /** How likely a window without drift may raise any alarm at all, over all its columns and tests. */
  readonly falseAlarmRate?: number;
  /** A distribution that moved less than this (PSI without its noise) is no alarm, however sure the difference is. */
  readonly minimumPsi?: number;
  /** A share of rows that rose by less than this is no alarm either: missing, not a number, out of range, unseen. */
  readonly minimumRise?: number;
}

/** One window in 10,000; custom's "worth a look" for PSI; five rows in a thousand. */
export const DRIFT_DEFAULTS = { falseAlarmRate: 1e-4, minimumPsi: 0.1, minimumRise: 0.005 } as const;

/** A reference with fewer rows than this times those of the window has noise that all windows share, and alarms come in runs. */
const ROWS_FOR_EACH_OF_THE_WINDOW = 10;

export type DriftTestName = 'KOLMOGOROV_SMIRNOV' | 'CHI_SQUARE' | RareCount;

export interface DriftTest {
  readonly test: DriftTestName;
  /** The largest distance for KOLMOGOROV_SMIRNOV, chi-square for CHI_SQUARE, else by how much the share of rows rose. */
  readonly statistic: number;
  /** Of CHI_SQUARE; null for the others. */
  readonly degrees: number | null;
  /** How likely such a window or a stranger one would be without drift, for this test alone. */
  readonly pValue: number;
  /** The same, corrected for all tests of the window (Holm). */
  readonly adjusted: number;
  /** Sure (`adjusted` at or below the false alarm rate) and large enough to matter. */
  readonly alarm: boolean;
}

export interface ColumnDrift {
  readonly role: ColumnRole;
  readonly name: string;
  /** Rows that have the column's role, whatever is in them. */
  readonly rows: { readonly reference: number; readonly window: number };
  /** Population stability index over pooled cells, in nats; null without values on both sides. */
  readonly psi: number | null;
  /** What `psi` is on average without drift, by the sizes of both samples. */
  readonly psiNoise: number | null;
  /** In bits, 0 to 1. */
  readonly jensenShannon: number | null;
  readonly tests: readonly DriftTest[];
  /** Why the figures are weaker than they look. The tests count the reference's size, so alarms stay meaningful. */
  readonly caution: 'REFERENCE_TOO_SMALL' | null;
  readonly alarm: boolean;
}

export interface DriftJudgement {
  readonly profile: string;
  readonly rows: number;
  /** The false alarm rate that the alarms keep. */
  readonly falseAlarmRate: number;
  /** In the order of the profile. */
  readonly columns: readonly ColumnDrift[];
  readonly alarm: boolean;
}

/**
 * Compares a window with what the model was trained on.
 *
 * Each column is tested for its distribution (chi-square over pooled cells; numbers by Kolmogorov and Smirnov too, which sees small moves to one
 * side better) and for each kind of rare row (Fisher, rises only: where missing values are filled in, the filling shows in the
 * distribution). All tests of the window are one family, corrected together by Holm, so that a profile of 200 columns has no more
 * false alarms than one of 2. An alarm must be sure and large: in a window of a million rows every difference is sure.
 *
 * @throws EvaluationError EVALUATION_STATE_MISMATCH, EVALUATION_SETTING_INVALID
 */
export function judgeDrift(
  reference: ReferenceProfile,
  window: WindowState,
  options: DriftOptions = {},
): DriftJudgement {
  const settings = { ...DRIFT_DEFAULTS, ...options };
  checkOptions(settings);
  checkState(reference, window);
  const measured = reference.columns.map((column, i) => measure(column, window.columns[i]));
  const adjusted = holm(measured.flatMap(({ tests }) => tests.map(({ pValue }) => pValue)));
  let next = 0;
  const columns = measured.map(({ tests, ...column }): ColumnDrift => {
    const judged = tests.map((test): DriftTest => {
      const sure = adjusted[next] <= settings.falseAlarmRate;
      return { ...test, adjusted: adjusted[next++], alarm: sure && isLarge(test, column, settings) };
    });
    return { ...column, tests: judged, alarm: judged.some(({ alarm }) => alarm) };
  });
  const { falseAlarmRate } = settings;
  const alarm = columns.some((column) => column.alarm);
  return { profile: reference.id, rows: window.rows, falseAlarmRate, columns, alarm };
}

type Measured = Omit<DriftTest, 'adjusted' | 'alarm'>;
type MeasuredColumn = Omit<ColumnDrift, 'tests' | 'alarm'> & { readonly tests: readonly Measured[] };

function measure(column: ColumnReference, state: ColumnState): MeasuredColumn {
  const rows = { reference: rowsOf(column), window: rowsOf(state) };
  const shares = compareShares(column.kind, cellsOf(column), cellsOf(state));
  const tests = [...distributionTests(column, shares), ...rareTests(column, state, rows)];
  const tooSmall = rows.reference < ROWS_FOR_EACH_OF_THE_WINDOW * rows.window;
  return {
    role: column.role,
    name: column.name,
    rows,
    psi: shares?.psi ?? null,
    psiNoise: shares?.psiNoise ?? null,
    jensenShannon: shares?.jensenShannon ?? null,
    tests,
    caution: tooSmall ? 'REFERENCE_TOO_SMALL' : null,
  };
}

function distributionTests(column: ColumnReference, shares: SharesCompared | null): Measured[] {
  // One cell alone (a constant) has nothing to compare.
  if (shares === null || shares.chiSquare.degrees === 0) return [];
  const { statistic, pValue } = shares.kolmogorovSmirnov;
  const smirnov: Measured = { test: 'KOLMOGOROV_SMIRNOV', statistic, degrees: null, pValue };
  return [...(column.kind === 'NUMBER' ? [smirnov] : []), { test: 'CHI_SQUARE', ...shares.chiSquare }];
}

function rareTests(column: ColumnReference, state: ColumnState, rows: ColumnDrift['rows']): Measured[] {
  if (rows.reference === 0 || rows.window === 0) return [];
  const before = rareCountsOf(column);
  return Object.entries(rareCountsOf(state)).map(([name, hits]) => {
    const test = name as RareCount;
    const earlier = before[test] ?? 0;
    const statistic = hits / rows.window - earlier / rows.reference;
    const pValue = fisherRise(earlier, rows.reference, hits, rows.window);
    return { test, statistic, degrees: null, pValue };
  });
}

function isLarge(
  { test, statistic }: Measured,
  { psi, psiNoise }: Pick<ColumnDrift, 'psi' | 'psiNoise'>,
  { minimumPsi, minimumRise }: Required<DriftOptions>,
): boolean {
  if (test !== 'KOLMOGOROV_SMIRNOV' && test !== 'CHI_SQUARE') return statistic >= minimumRise;
  return psi !== null && psiNoise !== null && psi - psiNoise >= minimumPsi;
}

function checkOptions({ falseAlarmRate, minimumPsi, minimumRise }: Required<DriftOptions>): void {
  const refuse = (name: string, value: number, allowed: string): never => {
    throw new EvaluationError(
      'EVALUATION_SETTING_INVALID',
      `Drift cannot be judged with a ${name} of ${value}; give ${allowed}.`,
    );
  };
  if (!(falseAlarmRate > 0 && falseAlarmRate < 1))
    refuse('false alarm rate', falseAlarmRate, 'a number between 0 and 1');
  if (!(minimumPsi >= 0 && minimumPsi < Number.POSITIVE_INFINITY))
    refuse('minimum PSI', minimumPsi, 'a number from 0 on');
  if (!(minimumRise >= 0 && minimumRise <= 1)) refuse('minimum rise', minimumRise, 'a share from 0 to 1');
}
