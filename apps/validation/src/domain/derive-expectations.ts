import {
  type ColumnSummary,
  DERIVED,
  type DecisionContext,
  type Expectation,
  expectationOf,
  isDerived,
  type ObservedColumn,
  stamp,
} from '@millrace/contracts';
import { distributedWithinBudget, withinBudget } from './event-budget';
import { type DigestOf, type ExpectationFact, type ExpectationSet, inForce, nextSet } from './expectation-set';
import type { Verdict, VerdictFact } from './verdict';

/** How far later data may lie beyond what accepted data sets have shown. */
export const SLACK = {
  /** Of the range seen, added below and above. */
  range: 0.25,
  /** Share of the rows that may lie beyond that. */
  outliers: 0.001,
  /** Standard deviations, added below and above the means seen. */
  mean: 0.5,
  /** Share of the rows, added to the largest missing rate seen. */
  missing: 0.05,
  /** Share of the rows that may hold values never seen. */
  unseen: 0.01,
  /** PSI against the newest accepted data set, beyond what chance explains. */
  drift: 0.1,
} as const;

/** A union of vocabularies that outgrows this is none. */
const VOCABULARY = 1_000;

interface Accepted {
  readonly dataset: string;
  readonly source: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}

/** An accepted data set teaches what to expect of the next one; a rejected one teaches nothing. */
export function learnFromJudged(
  set: ExpectationSet,
  facts: readonly VerdictFact[],
  digestOf: DigestOf,
  context: DecisionContext,
): ExpectationFact[] {
  return facts.flatMap((fact) =>
    fact.type === 'DatasetJudged' && fact.data.verdict === 'ACCEPTED'
      ? learnFrom(set, fact.data, digestOf, context)
      : [],
  );
}

/** So does one that somebody answers for: data that changed for good would be rejected for ever otherwise. */
export function learnFromOverridden(
  set: ExpectationSet,
  verdict: Verdict,
  facts: readonly VerdictFact[],
  digestOf: DigestOf,
  context: DecisionContext,
): ExpectationFact[] {
  return facts.flatMap((fact) =>
    fact.type === 'VerdictOverridden'
      ? learnFrom(set, { ...verdict, dataset: fact.data.dataset }, digestOf, context)
      : [],
  );
}

/** Takes an accepted data set into what is expected of the next one. */
export function learnFrom(
  set: ExpectationSet,
  { dataset, source, rows, columns }: Accepted,
  digestOf: DigestOf,
  context: DecisionContext,
): ExpectationFact[] {
  if (columns.length === 0 || rows === 0) return [];
  const observed = observe(set.observed, columns, rows, dataset);
  const datasets = set.datasets + 1;
  const defined = set.expectations.filter((one) => !isDerived(one));
  const whole = inForce(defined, deriveExpectations(observed, datasets));
  return [
    {
      type: 'ExpectationSetDerived',
      data: {
        ...stamp(context),
        ...nextSet(set, source, set.label, whole, digestOf),
        learnedFrom: dataset,
        datasets,
        observed,
      },
    },
  ];
}

/** What was seen before and now, column by column. A column of another kind than before begins anew. */
export function observe(
  before: readonly ObservedColumn[],
  columns: readonly ColumnSummary[],
  rows: number,
  dataset: string,
): ObservedColumn[] {
  const known = new Map(before.map((one) => [one.column, one]));
  const together = columns.map((now) => {
    const one = seen(now, rows, dataset);
    const past = known.get(now.column);
    return past && past.kind === now.kind ? union(past, one) : one;
  });
  return distributedWithinBudget(withinBudget(together));
}

const seen = (
  { column, kind, min, max, mean, sd, missing, values, distribution }: ColumnSummary,
  rows: number,
  dataset: string,
): ObservedColumn => ({
  column,
  kind,
  min,
  max,
  minMean: mean,
  maxMean: mean,
  maxSd: sd,
  missingRate: missing / rows,
  values,
  // Verdicts of before drift was judged have none.
  distribution: distribution ?? null,
  distributionOf: distribution ? dataset : null,
});

const union = (past: ObservedColumn, now: ObservedColumn): ObservedColumn => ({
  column: now.column,
  kind: now.kind,
  min: least(past.min, now.min),
  max: most(past.max, now.max),
  minMean: least(past.minMean, now.minMean),
  maxMean: most(past.maxMean, now.maxMean),
  maxSd: most(past.maxSd, now.maxSd),
  missingRate: Math.max(past.missingRate, now.missingRate),
  values: vocabulary(past.values, now.values),
  // Cells of two data sets have different edges and cannot be added up.
  distribution: now.distribution,
  distributionOf: now.distributionOf,
});

const least = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
const most = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));

function vocabulary(past: readonly string[] | null, now: readonly string[] | null): string[] | null {
  if (past === null || now === null) return null;
  const all = [...new Set([...past, ...now])].sort();
  return all.length > VOCABULARY ? null : all;
}

/** The expectations that follow from what was seen, with the slack stated in each. */
export function deriveExpectations(observed: readonly ObservedColumn[], datasets: number): Expectation[] {
  return observed.flatMap((one) =>
    [...typeOf(one), ...missingOf(one), ...rangeOf(one), ...meanOf(one), ...wordsOf(one), ...driftOf(one)].map(
      (expectation) => ({
        ...expectation,
        basis: `${expectation.basis} (accepted data sets: ${datasets})`,
      }),
    ),
  );
}

const derived = (kind: Expectation['kind'], column: string, change: Partial<Expectation>): Expectation =>
  expectationOf({
    id: `${DERIVED}${kind.toLowerCase().replaceAll('_', '-')}:${column}`,
    kind,
    column,
    owner: 'validation',
    ...change,
  });

const typeOf = ({ column, kind }: ObservedColumn) => [
  derived('TYPE', column, { values: [kind], basis: `seen: ${kind}, no slack` }),
];

function missingOf({ column, missingRate }: ObservedColumn): Expectation[] {
  const max = missingRate + SLACK.missing;
  if (max >= 1) return [];
  return [derived('MISSING_RATE', column, { max, basis: `seen: at most ${missingRate}, slack ${SLACK.missing}` })];
}

function rangeOf({ column, kind, min, max }: ObservedColumn): Expectation[] {
  if (!isNumeric(kind) || min === null || max === null) return [];
  // One value alone has no range to take a share of.
  const slack = SLACK.range * (max > min ? max - min : Math.abs(max));
  if (slack === 0 || !Number.isFinite(slack)) return [];
  const basis = `seen: ${min} to ${max}, slack ${SLACK.range} of the range and ${SLACK.outliers} of the rows`;
  return [derived('BETWEEN', column, { min: min - slack, max: max + slack, tolerance: SLACK.outliers, basis })];
}

function meanOf({ column, kind, minMean, maxMean, maxSd }: ObservedColumn): Expectation[] {
  if (!isNumeric(kind) || minMean === null || maxMean === null || !maxSd) return [];
  const slack = SLACK.mean * maxSd;
  const basis = `seen: means ${minMean} to ${maxMean}, slack ${SLACK.mean} of the standard deviation ${maxSd}`;
  return [derived('MEAN_BETWEEN', column, { min: minMean - slack, max: maxMean + slack, basis })];
}

function wordsOf({ column, values }: ObservedColumn): Expectation[] {
  if (!values?.length) return [];
  const basis = `seen: ${values.length} values, slack ${SLACK.unseen} of the rows`;
  return [derived('IN_SET', column, { values: [...values], tolerance: SLACK.unseen, basis })];
}

function driftOf({ column, distribution, distributionOf }: ObservedColumn): Expectation[] {
  if (!distribution || distributionOf === null) return [];
  const basis = `compared with ${distributionOf} in ${distribution.counts.length} cells, slack ${SLACK.drift} of PSI beyond chance`;
  return [derived('DRIFT', column, { max: SLACK.drift, severity: 'WARNING', basis })];
}

const isNumeric = (kind: string): boolean => kind === 'integer' || kind === 'number';
