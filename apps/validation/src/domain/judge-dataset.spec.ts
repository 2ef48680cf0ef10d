import type { Expectation } from '@millrace/contracts';
import { learnFromJudged } from './derive-expectations';
import { at, column, dataset, digestOf, examined, expectation, measured, profile } from './domain-fixtures';
import { type ExpectationSet, evolveExpectations, noExpectations } from './expectation-set';
import { type Examined, judgeDataset, judgeUnreadable } from './judge-dataset';
import { judgeExpectations } from './judge-expectations';
import { overrideVerdict } from './override-verdict';
import { evolveVerdict, noVerdict, type Verdict, type VerdictFact } from './verdict';

const setOf = (...expectations: Expectation[]): ExpectationSet => ({
  ...noExpectations(),
  number: 3,
  digest: 'e',
  expectations,
});
const judge = (set: ExpectationSet, found: Examined, verdict = noVerdict()): VerdictFact[] =>
  judgeDataset(verdict, dataset, set, found, at());
const after = (facts: readonly VerdictFact[], verdict = noVerdict()): Verdict => facts.reduce(evolveVerdict, verdict);

describe('validation > domain > judgeDataset', () => {
  it('accepts the first data set of a source by its profile alone', () => {
    expect(judge(noExpectations(), examined())).toMatchObject([
      {
        type: 'DatasetJudged',
        data: { verdict: 'ACCEPTED', expectationSet: null, datasetDigest: 'd', broken: [], aggregateVersion: 1 },
      },
    ]);
  });

  it('warns of a drift that was derived, and rejects for one that a user forbids', () => {
    const histogram = { edges: [0, 1, 2], counts: [500, 500] };
    const first = judge(noExpectations(), examined({ rows: 1_000, columns: [column({ count: 1_000, histogram })] }));
    const set = learnFromJudged(noExpectations(), first, digestOf, at()).reduce(evolveExpectations, noExpectations());
    const moved = (counts: number[]) =>
      examined({ rows: 1_000, columns: [column({ count: 1_000, histogram })] }, [], [{ column: 'delay', counts }]);
    expect(judge(set, moved([0, 500, 500, 0]))).toMatchObject([{ data: { verdict: 'ACCEPTED', broken: [] } }]);
    expect(judge(set, moved([0, 100, 900, 0]))).toMatchObject([
      {
        data: {
          verdict: 'ACCEPTED',
          broken: [{ id: 'derived:drift:delay', severity: 'WARNING', observed: expect.closeTo(0.874, 2) }],
        },
      },
    ]);
    const own = expectation({ id: 'own', kind: 'DRIFT', max: 0.25 });
    const strict = { ...set, expectations: [own] };
    expect(judge(strict, moved([0, 100, 900, 0]))).toMatchObject([
      { data: { verdict: 'REJECTED', broken: [{ id: 'own' }] } },
    ]);
    const nothingBefore = { ...strict, observed: [] };
    expect(judge(nothingBefore, moved([0, 100, 900, 0]))).toMatchObject([
      { data: { verdict: 'ACCEPTED', broken: [] } },
    ]);
  });

  it('rejects for an ERROR, names the set, and tells a WARNING only', () => {
    const broken = [measured({ id: 'w', brokenRows: 1 }), measured({ id: 'e', brokenRows: 2 })];
    const [warning, error] = [expectation({ id: 'w', severity: 'WARNING' }), expectation({ id: 'e' })];
    expect(judge(setOf(warning), examined({}, broken))).toMatchObject([
      { data: { verdict: 'ACCEPTED', broken: [{ id: 'w', brokenRows: 1 }] } },
    ]);
    expect(judge(setOf(warning, error), examined({}, broken))).toMatchObject([
      {
        data: {
          verdict: 'REJECTED',
          expectationSet: 'flights:3',
          expectationsDigest: 'e',
          broken: [{ id: 'e' }, { id: 'w' }],
        },
      },
    ]);
  });

  it.each([
    [true, 'REJECTED'],
    [false, 'ACCEPTED'],
  ])('a suspicion that is grave (%s): %s', (grave, verdict) => {
    const suspicions = [{ code: 'EMPTY_COLUMN', column: 'x', grave, reason: 'x has no value' }];
    expect(judge(noExpectations(), examined({ suspicions }))).toMatchObject([{ data: { verdict, suspicions } }]);
  });

  it('judges once: a repeat says nothing', () => {
    expect(judge(noExpectations(), examined(), after(judge(noExpectations(), examined())))).toEqual([]);
  });

  it('rejects what cannot be profiled, with the reason', () => {
    const why = { reasonCode: 'ARTIFACT_CORRUPT', reason: 'the bytes differ' };
    const facts = judgeUnreadable(noVerdict(), dataset, noExpectations(), why, at());
    expect(facts).toMatchObject([
      {
        data: { verdict: 'REJECTED', profile: null, broken: [{ reason: expect.stringContaining('ARTIFACT_CORRUPT') }] },
      },
    ]);
    expect(learnFromJudged(noExpectations(), facts, digestOf, at())).toEqual([]);
  });

  it('keeps vocabularies that are one, and no identifiers', () => {
    const columns = [
      column({
        name: 'c',
        kind: 'text',
        top: [
          { value: 'b', count: 60 },
          { value: 'a', count: 40 },
        ],
        topComplete: true,
        distinct: 2,
      }),
      column({ name: 'id', kind: 'text', top: [{ value: 'x', count: 1 }], topComplete: true, distinct: 11 }),
      column({ name: 'many', kind: 'text', distinct: 2, topComplete: false }),
    ];
    const [fact] = judge(noExpectations(), examined({ columns }));
    expect((fact!.data as { columns: { values: string[] | null }[] }).columns.map(({ values }) => values)).toEqual([
      ['a', 'b'],
      null,
      null,
    ]);
  });
});

describe('validation > domain > judgeExpectations', () => {
  const found = (change: Partial<Expectation>, ...measures: Parameters<typeof measured>) =>
    judgeExpectations([expectation(change)], profile(), measures.length > 0 ? [measured(...measures)] : [])[0];

  it.each([
    [{ kind: 'TYPE', values: ['integer'] }],
    [{ kind: 'TYPE', values: ['number'] }],
    [{ kind: 'ROW_COUNT', column: '', min: 100, max: 100 }],
    [{ kind: 'MEAN_BETWEEN', min: 8, max: 8 }],
    [{ kind: 'MISSING_RATE', max: 0 }],
    [{ kind: 'UNKNOWN', column: 'nowhere' }],
    [{ kind: 'SQL', column: '', sql: 'true' }],
  ] as const)('holds: %j', (change) => {
    expect(found(change as unknown as Partial<Expectation>)).toBeUndefined();
  });

  it.each([
    [{ column: 'nowhere' }, 'There is no column nowhere; there are delay, origin.', null],
    [{ kind: 'TYPE', values: ['text'] }, 'delay is integer (BIGINT), not text.', null],
    [{ kind: 'ROW_COUNT', column: '', min: 101 }, 'The data set has 100 rows, below 101.', 100],
    [{ kind: 'MEAN_BETWEEN', max: 7.5 }, 'The mean of delay is 8, above 7.5.', 8],
    [{ kind: 'MEAN_BETWEEN', column: 'origin', max: 7 }, 'origin has no mean: it is text with 100 values.', null],
  ] as const)('is broken: %j', (change, reason, observed) => {
    expect(found(change as unknown as Partial<Expectation>)).toMatchObject({ reason, observed, brokenRows: null });
  });

  it('judges the missing rate', () => {
    const [one] = judgeExpectations(
      [expectation({ kind: 'MISSING_RATE', max: 0.05 })],
      profile({ columns: [column({ missing: 10, count: 90 })] }),
      [],
    );
    expect(one).toMatchObject({ observed: 0.1, reason: 'delay is missing in 0.1 of the rows, above 0.05.' });
  });

  it('allows as many broken rows as the tolerance says, and no more', () => {
    const between: Partial<Expectation> = { kind: 'BETWEEN', min: 0, tolerance: 0.02 };
    expect(found(between, { brokenRows: 2 })).toBeUndefined();
    const samples = [{ part: 'HOLD_OUT', row: 7, value: '-3' }] as const;
    expect(found(between, { brokenRows: 3, samples })).toMatchObject({
      brokenRows: 3,
      samples,
      reason: '3 of 100 rows (0.03) have a delay that is not at least 0; at most 0.02 may be.',
    });
  });

  it('does not let an expectation hold that cannot be judged', () => {
    expect(found({ kind: 'SQL', sql: 'x' }, { problem: 'Binder Error: x' })).toMatchObject({
      reason: 'The expectation cannot be judged: Binder Error: x. Correct it.',
    });
  });
});

describe('validation > domain > overrideVerdict', () => {
  const rejected = after(
    judgeUnreadable(noVerdict(), dataset, noExpectations(), { reasonCode: 'X', reason: '' }, at()),
  );
  const accepted = after(judge(noExpectations(), examined()));
  const ask = (verdict: Verdict, reason = 'known outage') =>
    overrideVerdict(verdict, { dataset: 'flights:1', reason }, at(1));

  it('says who answers for it, and why', () => {
    const facts = ask(rejected);
    expect(facts).toMatchObject([
      {
        type: 'VerdictOverridden',
        data: { reason: 'known outage', by: 'ann', source: 'flights', aggregateVersion: 2 },
      },
    ]);
    expect(after(facts, rejected).status).toBe('OVERRIDDEN');
  });

  it.each([
    ['without a verdict', noVerdict(), 'known', 'NO_VERDICT'],
    ['an accepted one', accepted, 'known', 'NOT_REJECTED'],
    ['twice', after(ask(rejected), rejected), 'known', 'NOT_REJECTED'],
    ['without a reason', rejected, ' \n', 'REASON_MISSING'],
    ['with a novel', rejected, 'x'.repeat(2_001), 'REASON_MISSING'],
  ])('refuses %s', (_, verdict, reason, reasonCode) => {
    const facts = ask(verdict, reason);
    expect(facts).toMatchObject([{ type: 'OverrideRefused', data: { reasonCode, commandId: 'c' } }]);
    expect(after(facts, verdict)).toEqual(verdict);
  });
});

it('validation > domain > judgeDataset: what one accepted data set teaches, the next one is judged by', () => {
  const first = judge(noExpectations(), examined());
  const set = learnFromJudged(noExpectations(), first, digestOf, at()).reduce(evolveExpectations, noExpectations());
  expect(set).toMatchObject({ number: 1, datasets: 1 });
  const moved = examined({ columns: [column({ mean: 8 + 10.001 })] });
  const [again] = judge(set, examined());
  const [next] = judge(set, moved);
  expect(again).toMatchObject({ data: { verdict: 'ACCEPTED', expectationSet: 'flights:1' } });
  expect(next).toMatchObject({ data: { verdict: 'REJECTED' } });
  const reasons = (next!.data as { broken: { reason: string }[] }).broken.map(({ reason }) => reason);
  expect(reasons).toEqual(
    expect.arrayContaining(['The mean of delay is 18.001, above 18.', expect.stringContaining('no column origin')]),
  );
});
