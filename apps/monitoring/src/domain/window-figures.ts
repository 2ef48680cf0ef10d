import { keepable, type Quantiles, type WindowColumn } from '@millrace/contracts';
import {
  type CategoryReference,
  type CategoryWindowState,
  type ColumnDrift,
  judgeDrift,
  keyOf,
  momentsOf,
  type NumberReference,
  type NumberWindowState,
  QuantileSketch,
  type QuantileSketchState,
  type WindowState,
} from '@millrace/evaluation';
import type { MonitoredColumn, Reference } from './reference';

const TOP = 5;
const EXAMPLES = 3;
const TEXT = 64;

export interface WindowFigures {
  readonly rows: number;
  readonly columns: WindowColumn[];
  readonly statuses: Record<string, number>;
  readonly latency: Quantiles | null;
  readonly lane: Quantiles | null;
  readonly modelAge: Quantiles | null;
}

/** What is told of a window: a function of the reference and of the rows alone. */
export function figuresOf(reference: Reference, state: WindowState): WindowFigures {
  const { columns } = judgeDrift(reference.profile, state);
  return {
    rows: state.rows,
    columns: reference.profile.columns.map((column, index) => {
      const monitored = reference.columns.get(keyOf(column)) as MonitoredColumn;
      const seen = state.columns[index] as NumberWindowState | CategoryWindowState;
      const figures =
        seen.kind === 'NUMBER'
          ? numberFigures(monitored.column as NumberReference, seen, monitored.ranged)
          : categoryFigures(monitored.column as CategoryReference, seen, monitored.ranged);
      const judged = columns[index] as ColumnDrift;
      return { ...NOTHING, ...nameOf(monitored), ...figures, ...driftOf(monitored, judged) };
    }),
    statuses: Object.fromEntries(Object.entries(state.statuses).filter(([, rows]) => rows > 0)),
    latency: quantilesOf(state.latencyMs),
    lane: quantilesOf(state.laneMs),
    modelAge: quantilesOf(state.modelAgeMs),
  };
}

const NOTHING = {
  notANumber: 0,
  outOfRange: 0,
  unseen: 0,
  unseenExamples: [],
  mean: null,
  sd: null,
  min: null,
  max: null,
  edges: [],
  cells: [],
  top: [],
};

const nameOf = ({ column }: MonitoredColumn) => ({
  name: column.name,
  role: column.role === 'PREDICTION' ? ('PREDICTION' as const) : ('FEATURE' as const),
  kind: column.kind,
});

function numberFigures(reference: NumberReference, seen: NumberWindowState, ranged: boolean) {
  const { mean, variance } = momentsOf(reference, seen);
  const beyond = seen.below + seen.above;
  return {
    count: sum(seen.counts) + beyond,
    missing: seen.missing,
    notANumber: seen.notANumber,
    outOfRange: ranged ? beyond : 0,
    mean: finite(mean),
    sd: finite(Math.sqrt(variance)),
    min: seen.minimum,
    max: seen.maximum,
    edges: [...reference.edges],
    cells: [...seen.counts],
  };
}

function categoryFigures(reference: CategoryReference, seen: CategoryWindowState, listed: boolean) {
  const top = reference.categories
    .map((value, index) => ({ value: keepable(value.slice(0, TEXT)), rows: seen.counts[index] as number }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1))
    .slice(0, TOP);
  return {
    count: sum(seen.counts) + seen.unseen,
    missing: seen.missing,
    unseen: listed ? seen.unseen : 0,
    unseenExamples: listed ? seen.unseenExamples.slice(0, EXAMPLES).map(keepable) : [],
    top,
  };
}

/** Names of the tests in the figures: `<name>` and, corrected for all tests of the window, `<name>P`. */
const TESTS = {
  KOLMOGOROV_SMIRNOV: 'ks',
  CHI_SQUARE: 'chiSquare',
  MISSING: 'missingRise',
  NOT_A_NUMBER: 'notANumberRise',
  BELOW_RANGE: 'belowRise',
  ABOVE_RANGE: 'aboveRise',
  UNSEEN: 'unseenRise',
} as const;

function driftOf({ notCompared }: MonitoredColumn, judged: ColumnDrift) {
  if (notCompared !== null) return { drift: null, alarm: false, reason: notCompared };
  const { psi, psiNoise, jensenShannon, tests, alarm } = judged;
  const drift: Record<string, number> = {};
  for (const [name, value] of Object.entries({ psi, psiNoise, jensenShannon })) if (value !== null) drift[name] = value;
  for (const { test, statistic, adjusted } of tests) {
    drift[TESTS[test]] = statistic;
    drift[`${TESTS[test]}P`] = adjusted;
  }
  return { drift, alarm, reason: alarm ? reasonOf(judged) : null };
}

function reasonOf({ psi, psiNoise, tests }: ColumnDrift): string {
  const alarming = tests.filter(({ alarm }) => alarm);
  const moved = alarming.some(({ test }) => test === 'KOLMOGOROV_SMIRNOV' || test === 'CHI_SQUARE');
  const shares = alarming
    .filter(({ test }) => test !== 'KOLMOGOROV_SMIRNOV' && test !== 'CHI_SQUARE')
    .map(({ test, statistic }) => `${RARE[test as keyof typeof RARE]} rose by ${statistic.toFixed(3)} of the rows`);
  const distribution = `the distribution moved: PSI ${psi?.toFixed(3)}, of which chance explains ${psiNoise?.toFixed(3)}`;
  return [...(moved ? [distribution] : []), ...shares].join('; ');
}

const RARE = {
  MISSING: 'missing values',
  NOT_A_NUMBER: 'what is no number',
  BELOW_RANGE: 'values below the range',
  ABOVE_RANGE: 'values above the range',
  UNSEEN: 'unseen categories',
};

function quantilesOf(state: QuantileSketchState): Quantiles | null {
  if (state.count === 0) return null;
  const sketch = QuantileSketch.fromState(state);
  return {
    count: state.count,
    mean: sketch.mean(),
    p50: sketch.quantile(0.5),
    p90: sketch.quantile(0.9),
    p99: sketch.quantile(0.99),
    max: sketch.quantile(1),
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
