import {
  array,
  boolean,
  double,
  enumeration,
  event,
  int,
  long,
  map,
  nullable,
  record,
  refusal,
  string,
} from '../schema/dsl';
import type { Infer } from '../schema/types';

const NS = 'io.millrace.monitoring';

export const Slice = record(`${NS}.Slice`, 'The responses with one value of a declared feature', {
  feature: string('Request field'),
  value: string(
    'Its value as text; * stands for every value that training saw less often than the twenty most frequent',
  ),
});
export type Slice = Infer<typeof Slice>;

export const Quantiles = record(`${NS}.Quantiles`, 'Durations, in milliseconds; each quantile within 1 %', {
  count: long('How many'),
  mean: double('Mean'),
  p50: double('Median'),
  p90: double('Nine of ten are not longer'),
  p99: double('99 of 100 are not longer'),
  max: double('Longest'),
});
export type Quantiles = Infer<typeof Quantiles>;

export const ReadUpTo = record(`${NS}.ReadUpTo`, 'How far a partition was read', {
  partition: int(),
  offset: long('Next offset to be read'),
});
export type ReadUpTo = Infer<typeof ReadUpTo>;

export const WindowReference = record(`${NS}.WindowReference`, 'What a window is compared with', {
  kind: enumeration(
    `${NS}.ReferenceKind`,
    ['UNKNOWN', 'TRAINING_PROFILE', 'SIGNATURE', 'NONE'],
    'TRAINING_PROFILE: the profile of the data set; SIGNATURE: ranges and categories only; NONE: no version answered',
    'UNKNOWN',
  ),
  dataset: nullable(string('<source>:<number>; null unless there is a profile')),
  profileDigest: nullable(string('SHA-256 of the profile in the artifact store, lowercase hex')),
  reason: nullable(string('Why there are no drift figures; null where there are')),
});
export type WindowReference = Infer<typeof WindowReference>;

export const ValueShare = record(`${NS}.ValueShare`, 'A category and the rows that have it', {
  value: string('At most 64 characters of it'),
  rows: long('Rows of the window'),
});
export type ValueShare = Infer<typeof ValueShare>;

export const WindowColumn = record(`${NS}.WindowColumn`, 'What a window says about one feature or output', {
  name: string('Request field or response field'),
  role: enumeration(`${NS}.ColumnRole`, ['UNKNOWN', 'FEATURE', 'PREDICTION'], 'Asked or answered', 'UNKNOWN'),
  kind: enumeration(`${NS}.ColumnKind`, ['UNKNOWN', 'NUMBER', 'CATEGORY'], 'How it is counted', 'UNKNOWN'),
  count: long('Rows with a value'),
  missing: long('Rows without one'),
  notANumber: long('NUMBER: NaN, and what is no number'),
  outOfRange: long('NUMBER: values that training did not reach; 0 where its range is not known'),
  unseen: long('CATEGORY: values that the reference does not list'),
  unseenExamples: array(string(), 'At most three of them, at most 64 characters of each'),
  mean: nullable(double('NUMBER: mean')),
  sd: nullable(double('NUMBER: standard deviation of the sample')),
  min: nullable(double('NUMBER: smallest value')),
  max: nullable(double('NUMBER: largest value')),
  edges: array(double(), 'NUMBER: fixed edges of the cells; [e0, e1) ... the last cell includes its end'),
  cells: array(long(), 'NUMBER: rows in each cell'),
  top: array(ValueShare, 'CATEGORY: the five most frequent listed values'),
  drift: nullable(map(double()), 'Statistic -> figure against the reference; null where nothing is compared'),
  alarm: boolean('Whether the figures are beyond what chance and the declared threshold allow'),
  reason: nullable(string('Why it alarms, or why nothing is compared')),
});
export type WindowColumn = Infer<typeof WindowColumn>;

const timeFields = {
  time: enumeration(
    `${NS}.WindowTime`,
    ['UNKNOWN', 'EVENT', 'SENT'],
    'EVENT: event time of the requests; SENT: of those without one, the time of sending',
    'UNKNOWN',
  ),
  start: long('Begin of the window, milliseconds since 1970, inclusive'),
  end: long('End of the window, milliseconds since 1970, exclusive'),
};

const windowFields = {
  endpoint: string(),
  major: int(),
  ...timeFields,
  slice: nullable(Slice, 'Null: all responses of the window'),
  model: nullable(string('What the release in force served; null = nothing was released')),
  version: nullable(int()),
  rows: long('Responses'),
  reference: WindowReference,
  columns: array(WindowColumn, 'Features, then outputs; at most 300'),
  columnsLeftOut: int('Columns beyond that', { default: 0 }),
  statuses: map(long(), 'Status -> responses'),
  latency: nullable(Quantiles, 'From the timestamp of the request to that of the response; null without one'),
  lane: nullable(Quantiles, 'From the timestamp of the request to the decision of the lane; null without one'),
  modelAge: nullable(Quantiles, 'From the making of the version to the decision; null = nothing was released'),
  readUpTo: array(ReadUpTo, 'The responses that the figures rest on: all of the window below these offsets'),
};

export const WindowClosed = event(
  `${NS}.WindowClosed`,
  'A window of responses is over, as far as can be known',
  windowFields,
);
export type WindowClosed = Infer<typeof WindowClosed>;

export const WindowCorrected = event(`${NS}.WindowCorrected`, 'A closed window, with the responses that came late', {
  ...windowFields,
  correction: int('1, 2, 3 ... of this window'),
});
export type WindowCorrected = Infer<typeof WindowCorrected>;

export const Estimate = record(`${NS}.Estimate`, 'A figure with its confidence interval', {
  value: double('Of these rows'),
  low: double('The true figure is hardly below'),
  high: double('The true figure is hardly above'),
});
export type Estimate = Infer<typeof Estimate>;

export const QualityMeasured = event(
  `${NS}.QualityMeasured`,
  'How good the answers of a window were, by the outcomes that have come for them',
  {
    endpoint: string(),
    major: int(),
    ...timeFields,
    slice: nullable(Slice, 'Null: all labelled examples of the window'),
    model: nullable(string('What answered; null = nothing was released')),
    version: nullable(int()),
    correction: int('0 when it is told first, then 1, 2, 3 ... as more outcomes come'),
    kind: enumeration(
      `${NS}.QualityKind`,
      ['UNKNOWN', 'CLASSIFICATION', 'REGRESSION', 'NONE'],
      'How answers are judged; NONE: the version has no output that could be',
      'UNKNOWN',
    ),
    output: nullable(string('Response field that is judged; null for NONE')),
    examples: long('Labelled examples'),
    scored: long('Of those, with an answer that could be judged'),
    confidence: double('Of the intervals, each by itself'),
    estimates: map(
      Estimate,
      'positiveRate, meanProbability, auc, logLoss, brier, calibrationError, accuracy, precision, recall, f1; or meanError, mae, rmse',
    ),
    aucError: double('At most so much may auc be off because scores were put into bins', { default: 0 }),
    holdOut: map(double(), 'The same on the hold-out set of the training, as far as the version knows it'),
    readUpTo: long('Next offset of the labelled topic: the figures rest on all examples of the window below'),
  },
);
export type QualityMeasured = Infer<typeof QualityMeasured>;

export const AlertWindow = record(`${NS}.AlertWindow`, 'The window that an alert names, and what was seen in it', {
  ...timeFields,
  model: nullable(string()),
  version: nullable(int()),
  rows: long('Rows that the figures rest on'),
  figures: map(double(), 'Name -> figure'),
  threshold: nullable(double('What the rule holds its figure against: psi of DRIFT, share of UNANSWERED ...')),
  statement: string('What was seen, for people'),
  event: string('Id of the fact about the window'),
});
export type AlertWindow = Infer<typeof AlertWindow>;

const alertFields = {
  alert: string(
    '<endpoint>.v<major>/<rule>/<subject>, behind it [<feature>=<value>] of a slice and @sent of that time line',
  ),
  endpoint: string(),
  major: int(),
  rule: string('DRIFT, UNANSWERED, AUC, LOG_LOSS, CALIBRATION, ERROR ...'),
  subject: string('Feature, output or metric that it is about'),
  slice: nullable(Slice, 'Null: about all responses'),
};

export const AlertRaised = event(`${NS}.AlertRaised`, 'Something has been wrong for several windows', {
  ...alertFields,
  window: AlertWindow,
  breaching: int('Windows that break the rule'),
  windows: int('The last so many were looked at'),
});
export type AlertRaised = Infer<typeof AlertRaised>;

export const AlertAcknowledged = event(`${NS}.AlertAcknowledged`, 'Somebody takes care of an alert', {
  ...alertFields,
  note: string('In the words of whoever takes care'),
  by: string('Actor'),
});
export type AlertAcknowledged = Infer<typeof AlertAcknowledged>;

export const AlertResolved = event(`${NS}.AlertResolved`, 'What was wrong has been right for several windows', {
  ...alertFields,
  window: AlertWindow,
  clean: int('Windows in a row that keep the rule'),
});
export type AlertResolved = Infer<typeof AlertResolved>;

export const AcknowledgeAlert = record(`${NS}.AcknowledgeAlert`, 'Command: say that somebody takes care of an alert', {
  alert: string('Id of the alert'),
  note: string('What is done about it'),
});
export type AcknowledgeAlert = Infer<typeof AcknowledgeAlert>;

export const AlertRefused = refusal(`${NS}.AlertRefused`, 'A command about an alert was refused', {
  alert: string('Id of the alert'),
});
export type AlertRefused = Infer<typeof AlertRefused>;
