import {
  avroOf,
  DatasetJudged,
  type Expectation,
  ExpectationSetDerived,
  type RecordSchema,
  Topics,
} from '@millrace/contracts';
import { AvroCodec, parseSchema } from '@millrace/messaging';
import { defineExpectations } from './define-expectations';
import { learnFrom } from './derive-expectations';
import { at, column, dataset, digestOf, examined, expectation, measured } from './domain-fixtures';
import { type ExpectationSet, evolveExpectations, noExpectations } from './expectation-set';
import { judgeDataset } from './judge-dataset';
import { noVerdict } from './verdict';

const sizeOf = (record: RecordSchema<unknown>, data: unknown): number =>
  AvroCodec.of(parseSchema(JSON.stringify(avroOf(record)))).encode(data).length;
/** Headers and framing beside the value. */
const ROOM = Topics.verdicts.maxRecordBytes - 16_384;

const long = (text: string, length: number) => text.padEnd(length, 'é');
const values = (seed: number) => Array.from({ length: 700 }, (_, index) => `${seed}-${index}-é`);
/** Counts that take as many bytes as counts can. */
const histogram = {
  edges: Array.from({ length: 21 }, (_, index) => index / 7),
  counts: new Array<number>(20).fill(2 ** 52),
};
const wide = (names: number, seed = 0) =>
  Array.from({ length: 1_000 }, (_, index) => {
    const name = long(`c${index}`, names);
    if (index % 2 === 0) return column({ name, mean: 1 / 3, sd: 2 / 3, min: -1 / 7, max: 1 / 7, histogram });
    const top = values(seed + index).map((value) => ({ value, count: 100 }));
    return column({
      name,
      kind: 'text',
      type: 'VARCHAR',
      mean: null,
      sd: null,
      min: null,
      max: null,
      count: 1e6,
      top,
      topComplete: true,
    });
  });
const suspicions = (names: number) =>
  wide(names).map(({ name }) => ({ code: 'CONSTANT', column: name, grave: false, reason: `${name} is odd` }));

/** As much as users may say: 200 expectations that all break, each with all that it can show. */
const defined: Expectation[] = Array.from({ length: 200 }, (_, index) =>
  expectation({ id: long(`e${index}`, 40), kind: 'SQL', column: '', sql: long(`x > ${index}`, 450) }),
);
const measures = defined.map(({ id }) =>
  measured({
    id,
    brokenRows: 9,
    samples: Array.from({ length: 5 }, (_, row) => ({ part: 'TRAINING' as const, row, value: long('v', 100) })),
  }),
);

describe('validation > domain > BUDGET', () => {
  it.each([1, 20, 200, 1_000])('events fit, whatever the data: names of %i characters', (names) => {
    const command = { source: 'flights', label: null, expectations: defined };
    let set: ExpectationSet = defineExpectations(noExpectations(), command, null, digestOf, at()).reduce(
      evolveExpectations,
      noExpectations(),
    );
    expect(set.expectations).toHaveLength(200);
    for (const seed of [0, 5_000, 10_000]) {
      const found = examined({ columns: wide(names, seed), suspicions: suspicions(names) }, measures);
      const [judged] = judgeDataset(noVerdict(), dataset, set, found, at());
      const data = judged!.data as DatasetJudged;
      expect(data.broken).toHaveLength(100);
      expect(data.columns.length).toBeGreaterThan(5);
      expect(data.columns.filter(({ distribution }) => distribution).length).toBeGreaterThan(5);
      expect(sizeOf(DatasetJudged, data)).toBeLessThan(ROOM);
      const facts = learnFrom(set, { ...data, rows: 1_000_000 }, () => 'd'.repeat(64), at());
      expect(sizeOf(ExpectationSetDerived, facts[0]!.data)).toBeLessThan(ROOM);
      set = facts.reduce(evolveExpectations, set);
    }
  });

  it('refuses more than users may say', () => {
    const expectations = [
      expectation({ kind: 'IN_SET', values: Array.from({ length: 9_000 }, (_, n) => long(`${n}`, 20)) }),
    ];
    const facts = defineExpectations(
      noExpectations(),
      { source: 'flights', label: null, expectations },
      null,
      digestOf,
      at(),
    );
    expect(facts).toMatchObject([
      { data: { reasonCode: 'BAD_EXPECTATION', reason: expect.stringContaining('262144') } },
    ]);
  });
});
