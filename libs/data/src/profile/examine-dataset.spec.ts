import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Expectation, expectationOf, recordChecks } from '@millrace/contracts';
import fc from 'fast-check';
import { fieldViews } from '../dataset/field-views';
import { DuckDb } from '../duckdb/duck-db';
import { literal } from '../duckdb/sql-text';
import { type ExamineOptions, examineDataset } from './examine-dataset';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function parquet(select: string): Promise<string> {
  const path = join(folder, `part-${files++}.parquet`);
  const duckDb = await DuckDb.open();
  await duckDb.execute(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  duckDb.close();
  return path;
}

async function examine(selects: readonly string[], options: Partial<ExamineOptions> = {}) {
  const names = ['TRAINING', 'HOLD_OUT'] as const;
  const parts = [];
  for (const [index, select] of selects.entries())
    parts.push({ part: names[index] ?? 'HOLD_OUT', path: await parquet(select) });
  return examineDataset({ parts, label: null, expectations: [], folder, ...options });
}

const profileOf = async (...selects: string[]) => (await examine(selects)).profile;
const rule = (change: Partial<Expectation>): Expectation =>
  expectationOf({ id: 'r', kind: 'NOT_NULL', column: 'x', ...change });
const codes = (suspicions: readonly { code: string; column: string; grave: boolean }[]) =>
  suspicions.map(({ code, column, grave }) => `${code}${column && ` ${column}`}${grave ? '!' : ''}`);

describe('data > profile > examineDataset', () => {
  it('tells numbers, texts and times apart, over both files, and counts exactly', async () => {
    const { rows, columns } = await profileOf(
      `SELECT * FROM (VALUES (1::BIGINT, 'b', TIMESTAMP '1970-01-01 00:00:01', true, 0.5::DOUBLE), (2, 'a', NULL, false, 'NaN')) t(n, s, t, b, f)`,
      `SELECT * FROM (VALUES (4::BIGINT, 'b', TIMESTAMP '1970-01-01 00:00:03', true, 'infinity'::DOUBLE), (NULL, NULL, NULL, NULL, NULL)) t(n, s, t, b, f)`,
    );
    expect(rows).toBe(4);
    const [n, s, t, b, f] = columns;
    expect(n).toMatchObject({
      kind: 'integer',
      count: 3,
      missing: 1,
      nonFinite: 0,
      distinct: 3,
      exact: true,
      min: 1,
      max: 4,
      quantiles: { '0.01': 1, '0.5': 2, '0.99': 4 },
      histogram: { edges: [1, 2, 4], counts: [2, 1] },
      topComplete: true,
    });
    expect(n!.mean).toBeCloseTo(7 / 3, 12);
    expect(n!.sd).toBeCloseTo(Math.sqrt(7 / 3), 12);
    expect(s).toMatchObject({
      kind: 'text',
      top: [
        { value: 'b', count: 2 },
        { value: 'a', count: 1 },
      ],
      mean: null,
    });
    expect(t).toMatchObject({ kind: 'time', min: 1_000, max: 3_000, mean: null, missing: 2 });
    expect(b).toMatchObject({
      kind: 'boolean',
      top: [
        { value: 'true', count: 2 },
        { value: 'false', count: 1 },
      ],
    });
    expect(f).toMatchObject({ kind: 'number', count: 1, missing: 3, nonFinite: 2, min: 0.5, max: 0.5, sd: null });
  });

  it('gives the same answer twice, and sketches that lie close to the truth where values are many', async () => {
    const select =
      'SELECT ((i * 7919) % 100003)::DOUBLE AS x, (i % 3)::VARCHAR || repeat($$y$$, i % 2) AS s FROM range(100003) r(i)';
    const [one, two] = [await profileOf(select), await profileOf(select)];
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
    const [x] = one.columns;
    expect(x).toMatchObject({ exact: false, min: 0, max: 100_002, topComplete: false });
    expect(Math.abs(x!.distinct / 100_003 - 1)).toBeLessThan(0.1);
    for (const [share, value] of Object.entries(x!.quantiles!))
      expect(Math.abs(value / 100_003 - Number(share))).toBeLessThan(0.01);
    expect(x!.histogram!.counts.reduce((sum, count) => sum + count, 0)).toBe(100_003);
    expect(Math.max(...x!.histogram!.counts)).toBeLessThan(6_000);
  });

  it('finds correlations, and what tells the label', async () => {
    const { profile } = await examine(
      [
        `SELECT i AS y, -2 * i AS twice, (i * 7919) % 997 AS noise, CASE WHEN i < 500 THEN 'low' ELSE 'high' END AS half FROM range(1000) r(i)`,
      ],
      { label: 'y' },
    );
    const r = Object.fromEntries(profile.correlations.map((one) => [`${one.a} ${one.b}`, one.r]));
    expect(Object.keys(r)).toEqual(['y twice', 'y noise', 'twice noise']);
    expect(r['y twice']).toBeCloseTo(-1, 12);
    expect(Math.abs(r['y noise']!)).toBeLessThan(0.1);
    // Two halves of a uniform spread hold three quarters of its variance between them.
    const half = profile.labelAssociations.find(({ column }) => column === 'half');
    expect(half).toMatchObject({ measure: 'correlation-ratio' });
    expect(half!.value! ** 2).toBeCloseTo(0.75, 5);
    expect(codes(profile.suspicions)).toContain('LEAKS_LABEL twice!');
    expect(codes(profile.suspicions)).not.toContain('LEAKS_LABEL half!');
  });

  it('says that a column leaks the label from 0.98 on, and never that names of single rows do', async () => {
    const { profile } = await examine(
      [
        `SELECT i AS y, i + (i * 7919) % 997 / 997.0 * 160 AS near, i + (i * 7919) % 997 / 997.0 * 240 AS far,
                'row ' || i AS id, i >= 500 AS upper FROM range(1000) r(i)`,
      ],
      { label: 'y' },
    );
    const told = new Map(profile.labelAssociations.map(({ column, value }) => [column, value!]));
    expect([...told.keys()]).toEqual(['near', 'far', 'id', 'upper']);
    expect(told.get('near')).toBeGreaterThan(0.98);
    expect(told.get('far')).toBeLessThan(0.98);
    expect(told.get('far')).toBeGreaterThan(0.96);
    expect(told.get('id')).toBeCloseTo(1, 12);
    expect(told.get('upper')! ** 2).toBeCloseTo(0.75, 5);
    expect(codes(profile.suspicions)).toEqual(['IDENTIFIER_LIKE y', 'IDENTIFIER_LIKE id', 'LEAKS_LABEL near!']);
  });

  it.each([
    ['a constant', 'SELECT 7 AS x, i AS y FROM range(100) r(i)', ['CONSTANT x']],
    ['an empty column', 'SELECT NULL::INTEGER AS x, i AS y FROM range(100) r(i)', ['EMPTY_COLUMN x!']],
    ['an identifier', `SELECT 'id-' || i AS x, i % 5 AS y FROM range(2000) r(i)`, ['IDENTIFIER_LIKE x']],
    ['rows that come twice', 'SELECT (i // 2)::DOUBLE AS x FROM range(100) r(i)', ['REPEATED_ROWS']],
    ['rows that come three times', 'SELECT (i // 3)::DOUBLE AS x FROM range(99) r(i)', ['REPEATED_ROWS!']],
    [
      'a hole in time',
      `SELECT TIMESTAMP '2001-01-01' + INTERVAL (i) HOUR AS t FROM range(1440) r(i), range(2) WHERE i NOT BETWEEN 240 AND 311`,
      ['REPEATED_ROWS', 'TIME_GAP t'],
    ],
    ['nothing', 'SELECT (i * 37) % 101 + 0.5 AS x FROM range(101) r(i)', []],
    ['no rows', 'SELECT 1 AS x WHERE false', []],
  ])('suspects %s', async (_, select, expected) => {
    expect(codes((await profileOf(select)).suspicions)).toEqual(expected);
  });

  it('names the longest hole, not the first or the last', async () => {
    const { timeGaps } = await profileOf(
      `SELECT TIMESTAMP '2001-01-01' + INTERVAL (i) HOUR AS t FROM range(1600) r(i)
       WHERE i NOT BETWEEN 72 AND 119 AND i NOT BETWEEN 240 AND 311 AND i NOT BETWEEN 600 AND 647`,
    );
    const day = Date.UTC(2001, 0, 1);
    expect(timeGaps).toEqual([
      { column: 't', unitMs: 86_400_000, empty: 7, from: day + 10 * 86_400_000, to: day + 13 * 86_400_000 },
    ]);
  });
});

describe('data > profile > measureExpectations', () => {
  const TABLE = [
    `SELECT i AS x, 'A' || i AS s FROM range(10) r(i)`,
    `SELECT i AS x, 'A' || i AS s FROM range(5, 12) r(i)`,
  ];
  const measure = async (change: Partial<Expectation>) =>
    (await examine(TABLE, { expectations: [rule(change)] })).measures[0];

  it('counts broken rows and shows the first, each in its file', async () => {
    expect(await measure({ kind: 'BETWEEN', min: 0, max: 8 })).toEqual({
      id: 'r',
      brokenRows: 4,
      samples: [
        { part: 'TRAINING', row: 9, value: '9' },
        { part: 'HOLD_OUT', row: 4, value: '9' },
        { part: 'HOLD_OUT', row: 5, value: '10' },
        { part: 'HOLD_OUT', row: 6, value: '11' },
      ],
      problem: null,
    });
  });

  it.each([
    [{ kind: 'UNIQUE' }, 5],
    [{ kind: 'MATCHES', column: 's', pattern: 'A[0-9]' }, 2],
    [{ kind: 'MATCHES', column: 'x', pattern: '.*' }, 17],
    [{ kind: 'SQL', column: '', sql: 'x < 11 OR NULL' }, 0],
    [{ kind: 'SQL', column: '', sql: 'x < 11' }, 1],
  ] as const)('%j is broken by %i rows', async (change, brokenRows) => {
    expect(await measure(change)).toMatchObject({ brokenRows, problem: null });
  });

  it.each([
    [{ kind: 'MATCHES', column: 's', pattern: '(' }, 'missing )'],
    [{ kind: 'SQL', sql: 'nonsense > 1' }, 'nonsense'],
    [{ kind: 'SQL', sql: "(SELECT count(*) FROM read_text('/etc/hostname')) > 0" }, 'disabled'],
    [{ kind: 'SQL', sql: '1) FROM data' }, ''],
  ] as const)('says why %j cannot be measured, and measures the rest', async (change, problem) => {
    const expectations = [rule({ ...change, id: 'bad' }), rule({ id: 'good' })];
    const { measures } = await examine(TABLE, { expectations });
    expect(measures).toMatchObject([
      { id: 'bad', brokenRows: 0 },
      { id: 'good', brokenRows: 0, problem: null },
    ]);
    expect(measures[0]!.problem).toContain(problem);
  });

  it('counts the records that the same definition would hold back, value by value', async () => {
    const numbers = [0, -0, 1, 1.5, -3, 1e21, 1e-7, 9_007_199_254_740_991, Number.NaN, Number.POSITIVE_INFINITY, null];
    const floats = [0, 0.1, 0.3, 1 / 3, 1e-7, 16_777_216].map(Math.fround);
    const texts = ['', 'a', "it's", '7', 'NaN', 'é', 'a\0b', null];
    const bound = fc.option(
      fc.constantFrom(0.1, 0.3, 1 / 3, 16_777_217, ...numbers.filter((one) => Number.isFinite(one))),
      { nil: null },
    ) as fc.Arbitrary<number | null>;
    const expectation = fc.oneof(
      fc.record({ min: bound, max: bound }).map((bounds) => rule({ kind: 'BETWEEN', ...bounds })),
      fc
        .subarray([...numbers, ...texts, 0.1, 0.3, 1 / 3, 16_777_217, true, false].map(String))
        .filter((values) => values.length > 0)
        .map((values) => rule({ kind: 'IN_SET', values })),
      fc.constant(rule({ kind: 'NOT_NULL' })),
      fc.constantFrom('a', '.*', '[a-z]?', "it's|7", '\\d', 'é+').map((pattern) => rule({ kind: 'MATCHES', pattern })),
    );
    const tables = [
      { field: 'double', values: numbers, sql: numbers.map((one) => (one === null ? 'NULL' : `'${one}'::DOUBLE`)) },
      { field: 'float', values: floats, sql: floats.map((one) => `'${one}'::FLOAT`) },
      { field: 'string', values: texts, sql: texts.map((one) => (one === null ? 'NULL' : literal(one))) },
      { field: 'boolean', values: [true, false, null], sql: ['true', 'false', 'NULL'] },
    ];
    for (const { field, values, sql } of tables) {
      const fields = fieldViews(
        JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'x', type: ['null', field] }] }),
      );
      const rules = fc.sample(expectation, { numRuns: 90, seed: 7 }).map((one, index) => ({ ...one, id: `r${index}` }));
      const table = `SELECT * FROM (VALUES ${sql.map((one) => `(${one})`).join(', ')}) t(x)`;
      const { measures } = await examine([table], { expectations: rules });
      expect(measures.map(({ id, brokenRows }) => [id, brokenRows])).toEqual(
        recordChecks(rules, fields).map(({ rule: { id }, isBroken }) => [id, values.filter(isBroken).length]),
      );
    }
  });
});
