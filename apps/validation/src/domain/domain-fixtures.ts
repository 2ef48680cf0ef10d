import type { ColumnSummary, DatasetRegistered, DecisionContext, Expectation } from '@millrace/contracts';
import type { Examined } from './judge-dataset';
import type { CellCounts, Measured, ProfiledColumn, ProfiledData } from './profiled-data';

/** Small values that the specs of this folder share. */
export const at = (version = 0): DecisionContext => ({ version, now: 5, actor: 'ann', causeId: 'c' });

/** As good as a hash here: equal for equal values only. */
export const digestOf = (value: unknown): string => JSON.stringify(value);

export const expectation = (change: Partial<Expectation> = {}): Expectation => ({
  id: 'r',
  kind: 'NOT_NULL',
  column: 'delay',
  min: null,
  max: null,
  values: null,
  severity: 'ERROR',
  owner: 'ann',
  pattern: null,
  sql: null,
  tolerance: null,
  basis: null,
  ...change,
});

export const column = (change: Partial<ProfiledColumn> = {}): ProfiledColumn => ({
  name: 'delay',
  type: 'BIGINT',
  kind: 'integer',
  count: 100,
  missing: 0,
  distinct: 50,
  min: -10,
  max: 90,
  mean: 8,
  sd: 20,
  top: [],
  topComplete: false,
  histogram: null,
  ...change,
});

export const origin = (values: readonly string[]): ProfiledColumn =>
  column({
    name: 'origin',
    type: 'VARCHAR',
    kind: 'text',
    distinct: values.length,
    min: null,
    max: null,
    mean: null,
    sd: null,
    top: values.map((value) => ({ value, count: 1 })),
    topComplete: true,
  });

export const profile = (change: Partial<ProfiledData> = {}): ProfiledData => ({
  rows: 100,
  columns: [column(), origin(['SFO', 'JFK'])],
  suspicions: [],
  ...change,
});

export const summary = (change: Partial<ColumnSummary> = {}): ColumnSummary => ({
  column: 'delay',
  type: 'BIGINT',
  kind: 'integer',
  missing: 0,
  distinct: 50,
  min: -10,
  max: 90,
  mean: 8,
  sd: 20,
  values: null,
  distribution: null,
  ...change,
});

export const measured = (change: Partial<Measured> = {}): Measured => ({
  id: 'r',
  brokenRows: 0,
  samples: [],
  problem: null,
  ...change,
});

export const examined = (
  change: Partial<ProfiledData> = {},
  measures: readonly Measured[] = [],
  cells: readonly CellCounts[] = [],
): Examined => ({
  profile: profile(change),
  artifact: { digest: 'a', size: 1, mediaType: '' },
  measures,
  cells,
});

export const dataset = { dataset: 'flights:1', source: 'flights', digest: 'd', rows: 100 } as DatasetRegistered;
