import type { ColumnSummary, Expectation, FieldView } from '@millrace/contracts';
import { defineExpectations } from './define-expectations';
import { deriveExpectations, learnFrom, learnFromOverridden, observe } from './derive-expectations';
import { at, digestOf, expectation, summary } from './domain-fixtures';
import { type ExpectationFact, type ExpectationSet, evolveExpectations, noExpectations } from './expectation-set';
import { evolveVerdict, noVerdict, type VerdictFact } from './verdict';

const words = (values: string[] | null): ColumnSummary =>
  summary({ column: 'origin', kind: 'text', min: null, max: null, mean: null, sd: null, values });
const fold = (facts: readonly ExpectationFact[], set: ExpectationSet = noExpectations()) =>
  facts.reduce(evolveExpectations, set);
const learn = (set: ExpectationSet, columns: ColumnSummary[], rows = 100, dataset = 'flights:1') =>
  learnFrom(set, { dataset, source: 'flights', rows, columns }, digestOf, at(set.number));
const FIELDS: ReadonlyMap<string, FieldView> = new Map([
  ['delay', { kind: 'integer' }],
  ['origin', { kind: 'text' }],
]);
const define = (set: ExpectationSet, ...expectations: Expectation[]) =>
  defineExpectations(set, { source: 'flights', label: 'delay', expectations }, null, digestOf, at(set.number));
const derivedFrom = (...columns: ColumnSummary[]) =>
  Object.fromEntries(deriveExpectations(observe([], columns, 100, 'flights:1'), 1).map((one) => [one.id, one]));

describe('validation > domain > deriveExpectations', () => {
  it('gives type, missing rate, range and mean of a number, each with its slack stated', () => {
    const rules = derivedFrom(summary({ missing: 10 }));
    expect(Object.keys(rules)).toEqual([
      'derived:type:delay',
      'derived:missing-rate:delay',
      'derived:between:delay',
      'derived:mean-between:delay',
    ]);
    expect(rules['derived:missing-rate:delay']!.max).toBeCloseTo(0.15, 12);
    expect(rules['derived:between:delay']).toMatchObject({ min: -35, max: 115, tolerance: 0.001, severity: 'ERROR' });
    expect(rules['derived:mean-between:delay']).toMatchObject({ min: -2, max: 18 });
    for (const rule of Object.values(rules)) expect(rule.basis).toMatch(/slack.*\(accepted data sets: 1\)/);
  });

  it('gives the vocabulary of a text, and nothing of one that has none', () => {
    expect(derivedFrom(words(['JFK', 'SFO']))['derived:in-set:origin']).toMatchObject({
      values: ['JFK', 'SFO'],
      tolerance: 0.01,
    });
    expect(Object.keys(derivedFrom(words(null)))).toEqual(['derived:type:origin', 'derived:missing-rate:origin']);
  });

  it.each([
    ['a constant other than 0', summary({ min: 4, max: 4, sd: 0 }), { min: 3, max: 5 }],
    ['a constant 0', summary({ min: 0, max: 0, sd: 0 }), undefined],
    ['no value', summary({ min: null, max: null, mean: null, sd: null, missing: 100 }), undefined],
    ['an extreme range', summary({ min: -1.7e308, max: 1.7e308, sd: null }), undefined],
    ['a time, which goes on', summary({ kind: 'time', mean: null, sd: null }), undefined],
  ])('the range of %s', (_, one, expected) => {
    const rule = derivedFrom(one)['derived:between:delay'];
    if (expected) expect(rule).toMatchObject(expected);
    else expect(rule).toBeUndefined();
  });

  it('keeps the distribution near that of the newest accepted data set, and only warns', () => {
    const seen = (counts: number[]) => summary({ distribution: { edges: [0, 1, 2], values: null, counts } });
    const one = fold(learn(noExpectations(), [seen([50, 50])], 100, 'flights:1'));
    expect(one.expectations.at(-1)).toMatchObject({
      id: 'derived:drift:delay',
      kind: 'DRIFT',
      max: 0.1,
      severity: 'WARNING',
      basis: 'compared with flights:1 in 2 cells, slack 0.1 of PSI beyond chance (accepted data sets: 1)',
    });
    const two = fold(learn(one, [seen([10, 90])], 100, 'flights:2'), one);
    expect(two.observed[0]).toMatchObject({ distribution: { counts: [10, 90] }, distributionOf: 'flights:2' });
    const own = fold(define(two, expectation({ id: 'own', kind: 'DRIFT', max: 0.5 })), two);
    expect(own.expectations.filter(({ kind }) => kind === 'DRIFT')).toMatchObject([{ id: 'own', severity: 'ERROR' }]);
  });

  it('says nothing about drift where verdicts of earlier versions had no distributions', () => {
    const { distribution, ...earlier } = summary();
    expect(distribution).toBeNull();
    const [fact] = learn(noExpectations(), [earlier as ColumnSummary]);
    expect(fact!.data).toMatchObject({ observed: [{ distribution: null, distributionOf: null }] });
    expect(JSON.stringify(fact)).not.toContain('DRIFT');
  });

  it('takes all accepted data sets together', () => {
    const one = fold(learn(noExpectations(), [summary(), words(['JFK'])]));
    const two = fold(learn(one, [summary({ min: -50, max: 50, mean: 2, missing: 50 }), words(['SFO'])]), one);
    expect(two).toMatchObject({ number: 2, datasets: 2 });
    expect(two.observed).toMatchObject([
      { min: -50, max: 90, minMean: 2, maxMean: 8, missingRate: 0.5 },
      { values: ['JFK', 'SFO'] },
    ]);
    const calm = fold(learn(two, [summary({ mean: 5 }), words(['JFK'])]), two);
    expect(calm.observed).toMatchObject([
      { min: -50, max: 90, minMean: 2, maxMean: 8, missingRate: 0.5 },
      { values: ['JFK', 'SFO'] },
    ]);
    const three = fold(learn(two, [summary({ kind: 'number', min: 1, max: 2 }), words(null)]), two);
    expect(three.observed).toMatchObject([{ kind: 'number', min: 1, max: 2 }, { values: null }]);
  });

  it('gives up a vocabulary that outgrows 1,000 words', () => {
    const many = (from: number) => words(Array.from({ length: 600 }, (_, index) => `w${from + index}`));
    const one = fold(learn(noExpectations(), [many(0)]));
    expect(fold(learn(one, [many(600)]), one).observed[0]!.values).toBeNull();
    expect(fold(learn(one, [many(100)]), one).observed[0]!.values).toHaveLength(700);
  });

  it('learns nothing from nothing', () => {
    expect(learn(noExpectations(), [])).toEqual([]);
    expect(learn(noExpectations(), [summary()], 0)).toEqual([]);
  });

  it('learns from what somebody answers for', () => {
    const judged = {
      type: 'DatasetJudged',
      data: { verdict: 'REJECTED', source: 'flights', rows: 100, columns: [summary()] },
    };
    const verdict = evolveVerdict(noVerdict(), judged as unknown as VerdictFact);
    const overridden = { type: 'VerdictOverridden', data: { dataset: 'flights:2' } } as unknown as VerdictFact;
    const facts = learnFromOverridden(noExpectations(), verdict, [overridden], digestOf, at());
    expect(facts).toMatchObject([{ type: 'ExpectationSetDerived', data: { learnedFrom: 'flights:2', datasets: 1 } }]);
  });
});

describe('validation > domain > defineExpectations', () => {
  const own = expectation({ id: 'own', kind: 'BETWEEN', min: 0, max: 1 });

  it('makes sets that are numbered and named by their content', () => {
    const [one] = define(noExpectations(), own);
    const [other] = define(noExpectations(), { ...own, max: 2 });
    expect(one).toMatchObject({
      type: 'ExpectationSetDefined',
      data: { set: 'flights:1', number: 1, by: 'ann', label: 'delay' },
    });
    expect(define(noExpectations(), own)).toEqual([one]);
    expect((other!.data as { digest: string }).digest).not.toBe((one!.data as { digest: string }).digest);
  });

  it('keeps what was derived, except where the user has said something', () => {
    const learned = fold(learn(noExpectations(), [summary()]));
    const set = fold(define(learned, own), learned);
    const ids = set.expectations.map(({ id }) => id);
    expect(ids).toEqual(['own', 'derived:type:delay', 'derived:missing-rate:delay', 'derived:mean-between:delay']);
    const again = fold(learn(set, [summary({ max: 900 })]), set);
    expect(again.expectations.map(({ id }) => id)).toEqual(ids);
    expect(again).toMatchObject({ number: 3, label: 'delay', datasets: 2 });
    const emptied = fold(define(again), again);
    expect(emptied.expectations.map(({ id }) => id)).toContain('derived:between:delay');
  });

  it('takes what is expected of the labelled examples of an endpoint', () => {
    const command = { source: 'flights-late.v1', label: 'outcome', expectations: [own] };
    const facts = defineExpectations(noExpectations(), command, null, digestOf, at());
    expect(facts).toMatchObject([
      { type: 'ExpectationSetDefined', data: { set: 'flights-late.v1:1', label: 'outcome' } },
    ]);
  });

  it.each([
    ['a bad source name', [], 'Flights!', 'BAD_NAME'],
    ['an endpoint without its major', [], 'flights.late', 'BAD_NAME'],
    ['one that nothing can fit', [expectation({ kind: 'BETWEEN', min: 2, max: 1 })], 'flights', 'BAD_EXPECTATION'],
    ['two of one id', [own, own], 'flights', 'BAD_EXPECTATION'],
    ['one that looks derived', [{ ...own, id: 'derived:x' }], 'flights', 'BAD_EXPECTATION'],
    ['a drift without bound', [expectation({ kind: 'DRIFT' })], 'flights', 'BAD_EXPECTATION'],
    ['one without severity', [{ ...own, severity: 'UNKNOWN' as const }], 'flights', 'BAD_EXPECTATION'],
    ['two statements', [expectation({ kind: 'SQL', sql: 'true; DROP VIEW data' })], 'flights', 'BAD_EXPECTATION'],
    ['201', Array.from({ length: 201 }, (_, id) => ({ ...own, id: String(id) })), 'flights', 'BAD_EXPECTATION'],
    ['one about no field', [expectation({ kind: 'UNIQUE', column: 'dely' })], 'flights', 'BAD_EXPECTATION'],
    ['a range of texts', [expectation({ kind: 'BETWEEN', column: 'origin', min: 0 })], 'flights', 'BAD_EXPECTATION'],
    ['a pattern of numbers', [expectation({ kind: 'MATCHES', pattern: '1' })], 'flights', 'BAD_EXPECTATION'],
  ])('refuses %s', (_, expectations, source, reasonCode) => {
    const facts = defineExpectations(noExpectations(), { source, label: null, expectations }, FIELDS, digestOf, at());
    expect(facts).toMatchObject([{ type: 'ExpectationsRefused', data: { reasonCode, commandId: 'c' } }]);
    expect(fold(facts)).toEqual(noExpectations());
  });

  it('says what has no meaning for a field, and what to do; takes it where the fields are not known, and SQL always', () => {
    const command = { source: 'flights', label: null, expectations: [expectation({ kind: 'MATCHES', pattern: '1' })] };
    const [refused] = defineExpectations(noExpectations(), command, FIELDS, digestOf, at());
    expect(refused?.data).toMatchObject({
      reason: expect.stringMatching(/matches texts, but delay is integer: use BETWEEN or IN_SET/),
    });
    const [typo] = defineExpectations(
      noExpectations(),
      { ...command, expectations: [expectation({ column: 'dely' })] },
      FIELDS,
      digestOf,
      at(),
    );
    expect(typo?.data).toMatchObject({ reason: expect.stringContaining('it has delay, origin') });
    expect(defineExpectations(noExpectations(), command, null, digestOf, at())[0]?.type).toBe('ExpectationSetDefined');
    const sql = [
      expectation({ kind: 'SQL', column: '', sql: 'delay < 9' }),
      expectation({ id: 'rows', kind: 'ROW_COUNT', column: '', min: 1 }),
    ];
    const taken = defineExpectations(noExpectations(), { ...command, expectations: sql }, FIELDS, digestOf, at());
    expect(taken[0]?.type).toBe('ExpectationSetDefined');
  });
});
