import { array, boolean, double, enumeration, event, long, nullable, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';
import { ArtifactRef, Expectation, ExpectationKind, Severity } from './shared';

const NS = 'io.millrace.validation';

export const RowSample = record(`${NS}.RowSample`, 'One row that breaks an expectation', {
  part: enumeration(
    `${NS}.Part`,
    ['UNKNOWN', 'TRAINING', 'HOLD_OUT'],
    'Which file of the data set it stands in',
    'UNKNOWN',
  ),
  row: long('Number of the row within its file, from 0'),
  value: nullable(string('Value of the column as text, at most 100 characters; null = missing')),
});
export type RowSample = Infer<typeof RowSample>;

export const BrokenExpectation = record(`${NS}.BrokenExpectation`, 'An expectation that does not hold, with figures', {
  id: string('Of the expectation'),
  kind: ExpectationKind,
  column: string('Empty where the expectation is about whole rows'),
  severity: Severity,
  owner: string('Who to ask'),
  reason: string('What was expected and what was found'),
  observed: nullable(double('The figure that was judged: a mean, a rate, a count; null where rows were judged')),
  brokenRows: nullable(long('Rows that break it; null where no single row does')),
  samples: array(RowSample, 'The first of those rows, at most 5'),
});
export type BrokenExpectation = Infer<typeof BrokenExpectation>;

export const Suspicion = record(`${NS}.Suspicion`, 'Something in the data that deserves a look', {
  code: string('CONSTANT, EMPTY_COLUMN, IDENTIFIER_LIKE, LEAKS_LABEL, REPEATED_ROWS or TIME_GAP'),
  column: string('Empty where it is about whole rows'),
  grave: boolean('A grave one alone rejects a data set'),
  reason: string('What was seen, with figures'),
});
export type Suspicion = Infer<typeof Suspicion>;

export const Distribution = record(`${NS}.Distribution`, 'How often each value or range of values was seen', {
  edges: nullable(
    array(double()),
    'Numbers: edges of the cells, rising; cell 0 is [e0, e1], cell i is (ei, ei+1]. Null where values are counted',
  ),
  values: nullable(array(string()), 'The most frequent values as text, at most 50; null where ranges are counted'),
  counts: array(long(), 'Rows in each cell; where values are counted, one for each and a last one for all others'),
});
export type Distribution = Infer<typeof Distribution>;

export const ColumnSummary = record(`${NS}.ColumnSummary`, 'What the profile says about one column, in short', {
  column: string('Name of the column'),
  type: string('DuckDB type'),
  kind: string('integer | number | boolean | time | text | other'),
  missing: long('Rows without a value; NaN counts as missing'),
  distinct: long('Different values; estimated above 50,000'),
  min: nullable(double('Numbers; times in milliseconds since 1970')),
  max: nullable(double('Numbers; times in milliseconds since 1970')),
  mean: nullable(double('Numbers')),
  sd: nullable(double('Numbers: standard deviation of the sample')),
  values: nullable(array(string()), 'Texts and booleans: every value, sorted, where there are at most 1,000'),
  distribution: nullable(Distribution, 'What drift is measured against; null for times and where nothing recurs'),
});
export type ColumnSummary = Infer<typeof ColumnSummary>;

export const DatasetJudged = event(`${NS}.DatasetJudged`, 'A data set was profiled and judged', {
  dataset: string(),
  source: string(),
  datasetDigest: string(),
  verdict: enumeration(
    `${NS}.Verdict`,
    ['UNKNOWN', 'ACCEPTED', 'REJECTED'],
    'A data set that is REJECTED is not trained on unless the verdict is overridden',
    'UNKNOWN',
  ),
  rows: long(),
  profile: nullable(ArtifactRef, 'Canonical JSON, see libs/data; null = the data set could not be profiled'),
  expectationSet: nullable(string('<source>:<number> of the set in force; null = there was none')),
  expectationsDigest: nullable(string('Digest of that set')),
  broken: array(BrokenExpectation, 'Every expectation that does not hold; one of severity ERROR rejects'),
  suspicions: array(Suspicion, 'What the profile found odd; a grave one rejects'),
  columns: array(ColumnSummary, 'In the order of the file'),
});
export type DatasetJudged = Infer<typeof DatasetJudged>;

export const VerdictOverridden = event(`${NS}.VerdictOverridden`, 'A rejected data set may be trained on after all', {
  dataset: string(),
  source: string(),
  datasetDigest: string(),
  reason: string('Why, in the words of whoever answers for it'),
  by: string('Actor'),
});
export type VerdictOverridden = Infer<typeof VerdictOverridden>;

export const OverrideVerdict = record(`${NS}.OverrideVerdict`, 'Command: let a rejected data set be trained on', {
  dataset: string(),
  reason: string('Why: it stays on the log'),
});
export type OverrideVerdict = Infer<typeof OverrideVerdict>;

export const OverrideRefused = refusal(`${NS}.OverrideRefused`, 'A verdict was not overridden', { dataset: string() });
export type OverrideRefused = Infer<typeof OverrideRefused>;

const setFields = {
  source: string(),
  set: string('<source>:<number>'),
  number: long('1, 2, 3 ... within the source'),
  digest: string('SHA-256 of the canonical JSON of label and expectations, lowercase hex'),
  label: nullable(string('Column that is to be predicted: what says too much about it is suspicious')),
  expectations: array(Expectation, 'The whole set in force from now on: defined ones first, then derived ones'),
};

export const DefineExpectations = record(
  `${NS}.DefineExpectations`,
  'Command: replace what a user demands of the data sets of a source',
  {
    source: string(),
    label: nullable(string('Column that is to be predicted')),
    expectations: array(Expectation, 'All of them: what is not named is dropped; derived ones stay'),
  },
);
export type DefineExpectations = Infer<typeof DefineExpectations>;

export const ExpectationSetDefined = event(`${NS}.ExpectationSetDefined`, 'A user has said what is expected', {
  ...setFields,
  by: string('Actor'),
});
export type ExpectationSetDefined = Infer<typeof ExpectationSetDefined>;

export const ObservedColumn = record(`${NS}.ObservedColumn`, 'A column as all accepted data sets have shown it', {
  column: string('Name of the column'),
  kind: string('integer | number | boolean | time | text | other'),
  min: nullable(double('Smallest value of all')),
  max: nullable(double('Largest value of all')),
  minMean: nullable(double('Smallest mean of all')),
  maxMean: nullable(double('Largest mean of all')),
  maxSd: nullable(double('Largest standard deviation of all')),
  missingRate: double('Largest share of rows without a value'),
  values: nullable(array(string()), 'Every value of all, sorted; null = too many, or numbers'),
  distribution: nullable(Distribution, 'Of the newest of them'),
  distributionOf: nullable(string('That data set; null where there is no distribution')),
});
export type ObservedColumn = Infer<typeof ObservedColumn>;

export const ExpectationSetDerived = event(
  `${NS}.ExpectationSetDerived`,
  'An accepted data set has taught what is to be expected',
  {
    ...setFields,
    learnedFrom: string('The data set that was accepted or overridden'),
    datasets: long('How many data sets the derived expectations rest on'),
    observed: array(ObservedColumn, 'What they have shown together'),
  },
);
export type ExpectationSetDerived = Infer<typeof ExpectationSetDerived>;

export const ExpectationsRefused = refusal(`${NS}.ExpectationsRefused`, 'Expectations were not taken', {
  source: string(),
});
export type ExpectationsRefused = Infer<typeof ExpectationsRefused>;
