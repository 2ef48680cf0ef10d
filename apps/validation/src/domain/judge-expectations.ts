import { type BrokenExpectation, type Expectation, keepable, type ObservedColumn } from '@millrace/contracts';
import { judgeDistribution } from './distribution';
import type { CellCounts, Measured, ProfiledColumn, ProfiledData } from './profiled-data';
import { someOf } from './some-of';

/**
 * Which expectations do not hold, with figures. Pure: rows were counted before, by libs/data.
 *
 * @param observed what DRIFT compares `cells` with.
 */
export function judgeExpectations(
  expectations: readonly Expectation[],
  profile: ProfiledData,
  measures: readonly Measured[],
  observed: readonly ObservedColumn[] = [],
  cells: readonly CellCounts[] = [],
): BrokenExpectation[] {
  const columns = new Map(profile.columns.map((column) => [column.name, column]));
  const measured = new Map(measures.map((measure) => [measure.id, measure]));
  return expectations.flatMap((expectation) => {
    const found =
      expectation.kind === 'DRIFT'
        ? judgeDrift(expectation, observed, cells)
        : judge(expectation, profile, columns, measured.get(expectation.id));
    if (found === null) return [];
    const { id, kind, column, severity, owner } = expectation;
    const nothing = { observed: null, brokenRows: null, samples: [] };
    return [{ id, kind, column, severity, owner, ...nothing, ...found, reason: found.reason.slice(0, MAX_REASON) }];
  });
}

type Finding = Pick<BrokenExpectation, 'reason'> & Partial<BrokenExpectation>;

function judge(
  expectation: Expectation,
  profile: ProfiledData,
  columns: ReadonlyMap<string, ProfiledColumn>,
  measure: Measured | undefined,
): Finding | null {
  const { kind } = expectation;
  if (kind === 'UNKNOWN') return null;
  if (kind === 'ROW_COUNT') return outside(expectation, profile.rows, `The data set has ${profile.rows} rows`);
  if (kind === 'SQL') return brokenRows(expectation, profile.rows, measure);
  const column = columns.get(expectation.column);
  if (!column) return { reason: `There is no column ${expectation.column}; there are ${someOf([...columns.keys()])}.` };
  switch (kind) {
    case 'TYPE':
      return judgeType(expectation, column);
    case 'MEAN_BETWEEN':
      if (column.mean === null)
        return { reason: `${column.name} has no mean: it is ${column.kind} with ${column.count} values.` };
      return outside(expectation, column.mean, `The mean of ${column.name} is ${say(column.mean)}`);
    case 'MISSING_RATE': {
      const rate = profile.rows === 0 ? 0 : column.missing / profile.rows;
      return outside(expectation, rate, `${column.name} is missing in ${say(rate)} of the rows`);
    }
    default:
      return brokenRows(expectation, profile.rows, measure);
  }
}

/** Holds where there is nothing to compare: no data set before, another kind of column, which TYPE speaks about. */
function judgeDrift(
  expectation: Expectation,
  observed: readonly ObservedColumn[],
  cells: readonly CellCounts[],
): Finding | null {
  const seen = observed.find(({ column }) => column === expectation.column);
  const counted = cells.find(({ column }) => column === expectation.column);
  if (!seen?.distribution || !counted) return null;
  return judgeDistribution(expectation, seen.distribution, seen.distributionOf ?? 'before', counted);
}

function judgeType({ values }: Expectation, { name, type, kind }: ProfiledColumn): Finding | null {
  const allowed = values ?? [];
  if (allowed.includes(kind) || (kind === 'integer' && allowed.includes('number'))) return null;
  return { reason: `${name} is ${kind} (${type}), not ${allowed.join(' or ')}.` };
}

function outside({ min, max }: Expectation, observed: number, words: string): Finding | null {
  if (min !== null && observed < min) return { observed, reason: `${words}, below ${say(min)}.` };
  if (max !== null && observed > max) return { observed, reason: `${words}, above ${say(max)}.` };
  return null;
}

function brokenRows(expectation: Expectation, rows: number, measure: Measured | undefined): Finding | null {
  if (measure?.problem) return { reason: `The expectation cannot be judged: ${measure.problem}. Correct it.` };
  if (!measure || measure.brokenRows <= (expectation.tolerance ?? 0) * rows) return null;
  const share = measure.brokenRows / rows;
  const allowed = expectation.tolerance ? `; at most ${say(expectation.tolerance)} may be` : '';
  return {
    brokenRows: measure.brokenRows,
    samples: measure.samples.map(({ part, row, value }) => ({ part, row, value: value && keepable(value) })),
    reason: `${measure.brokenRows} of ${rows} rows (${say(share)}) ${whatIsWrong(expectation)}${allowed}.`,
  };
}

function whatIsWrong({ kind, column, min, max, values, pattern, sql }: Expectation): string {
  switch (kind) {
    case 'NOT_NULL':
      return `have no ${column}`;
    case 'BETWEEN':
      return `have a ${column} that is not ${range(min, max)}`;
    case 'IN_SET':
      return `have a ${column} that is none of the ${values?.length ?? 0} allowed values`;
    case 'MATCHES':
      return `have a ${column} that does not match ${pattern}`;
    case 'UNIQUE':
      return `repeat the ${column} of another row`;
    default:
      return `do not satisfy ${sql}`;
  }
}

function range(min: number | null, max: number | null): string {
  if (min === null) return `at most ${say(max ?? 0)}`;
  return max === null ? `at least ${say(min)}` : `between ${say(min)} and ${say(max)}`;
}

/** For people: six digits say enough; the exact figure stands in `observed`. */
const say = (value: number): string => String(Number(value.toPrecision(6)));

const MAX_REASON = 3_000;
