import { EvaluationError } from '../evaluation-error';
import { QuantileSketch, type QuantileSketchState } from '../sketches/quantile-sketch';
import { CategoryWindow, type CategoryWindowState } from './category-window';
import { NumberWindow, type NumberWindowState } from './number-window';
import { type ColumnRole, checkProfile, keyOf, type ReferenceProfile } from './reference-profile';

/** One response as a window sees it. A role whose values are absent is not counted for this row: no outcome yet, nothing predicted. */
export interface WindowRow {
  readonly values: { readonly [role in ColumnRole]?: Readonly<Record<string, unknown>> };
  /** PREDICTED, FALLBACK, REJECTED, EXPIRED, FAILED; anything else counts as UNKNOWN. */
  readonly status: string;
  /** From the request's timestamp to the response, in milliseconds. */
  readonly latencyMs?: number;
  /** From the fetch by the lane to the response, in milliseconds. */
  readonly laneMs?: number;
  /** From the making of the version to the response, in milliseconds. */
  readonly modelAgeMs?: number;
}

export const STATUSES = ['PREDICTED', 'FALLBACK', 'REJECTED', 'EXPIRED', 'FAILED', 'UNKNOWN'] as const;
export type CountedStatus = (typeof STATUSES)[number];

export type ColumnState = NumberWindowState | CategoryWindowState;

export interface WindowState {
  readonly profile: string;
  readonly rows: number;
  /** In the order of the profile. */
  readonly columns: readonly ColumnState[];
  readonly statuses: Readonly<Record<CountedStatus, number>>;
  readonly latencyMs: QuantileSketchState;
  readonly laneMs: QuantileSketchState;
  readonly modelAgeMs: QuantileSketchState;
}

/**
 * All that is known of a window of responses, in memory that depends on the reference profile only. The state is plain data
 * and depends on the rows alone: however they are ordered, split and merged, its JSON has the same bytes.
 */
export class WindowAccumulator {
  private readonly columns: readonly { role: ColumnRole; name: string; window: NumberWindow | CategoryWindow }[];
  private readonly statuses = new Map<string, number>(STATUSES.map((status) => [status, 0]));
  private latencyMs = new QuantileSketch();
  private laneMs = new QuantileSketch();
  private modelAgeMs = new QuantileSketch();
  private rows = 0;

  constructor(private readonly profile: ReferenceProfile) {
    checkProfile(profile);
    this.columns = profile.columns.map((column) => ({
      role: column.role,
      name: column.name,
      window: column.kind === 'NUMBER' ? new NumberWindow(column) : new CategoryWindow(column),
    }));
  }

  static fromState(profile: ReferenceProfile, state: WindowState): WindowAccumulator {
    const window = new WindowAccumulator(profile);
    window.merge(state);
    return window;
  }

  add(row: WindowRow): void {
    this.rows++;
    for (const { role, name, window } of this.columns) {
      const values = row.values[role];
      if (values !== undefined) window.add(values[name]);
    }
    const status = this.statuses.has(row.status) ? row.status : 'UNKNOWN';
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (row.latencyMs !== undefined) this.latencyMs.add(row.latencyMs);
    if (row.laneMs !== undefined) this.laneMs.add(row.laneMs);
    if (row.modelAgeMs !== undefined) this.modelAgeMs.add(row.modelAgeMs);
  }

  /** Adds the rows of another window of the same profile; late rows join in this way. */
  merge(state: WindowState): void {
    checkState(this.profile, state);
    this.rows += state.rows;
    this.columns.forEach(({ window }, i) => {
      window.merge(state.columns[i] as NumberWindowState & CategoryWindowState);
    });
    for (const status of STATUSES) this.statuses.set(status, (this.statuses.get(status) ?? 0) + state.statuses[status]);
    this.latencyMs.merge(QuantileSketch.fromState(state.latencyMs));
    this.laneMs.merge(QuantileSketch.fromState(state.laneMs));
    this.modelAgeMs.merge(QuantileSketch.fromState(state.modelAgeMs));
  }

  state(): WindowState {
    return {
      profile: this.profile.id,
      rows: this.rows,
      columns: this.columns.map(({ window }) => window.state()),
      statuses: Object.fromEntries(STATUSES.map((status) => [status, this.statuses.get(status) ?? 0])) as Record<
        CountedStatus,
        number
      >,
      latencyMs: this.latencyMs.state(),
      laneMs: this.laneMs.state(),
      modelAgeMs: this.modelAgeMs.state(),
    };
  }
}

/** Throws EVALUATION_STATE_MISMATCH where `state` was not made with `profile`. */
export function checkState(profile: ReferenceProfile, state: WindowState): void {
  const fits =
    state.profile === profile.id &&
    state.columns.length === profile.columns.length &&
    profile.columns.every((column, i) => {
      const { kind, counts } = state.columns[i];
      return kind === column.kind && counts.length === column.counts.length;
    });
  if (!fits) {
    throw new EvaluationError(
      'EVALUATION_STATE_MISMATCH',
      `A window of reference profile ${state.profile} with ${state.columns.length} columns does not fit profile ${profile.id} (${profile.columns.map(keyOf).join(', ')}); count its rows again with that profile.`,
    );
  }
}
