import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Expectation,
  expectationOf,
  type FeatureValue,
  inputRules,
  recordChecks,
  type SignatureInput,
  signatureInput,
  whyMeaningless,
} from '@millrace/contracts';
import { DatasetWriter, examineDataset, fieldViews, loadTable } from '@millrace/data';
import { AvroCodec, parseSchema } from '@millrace/messaging';
import { compileInputCheck } from '@millrace/onnx';
import { judgeExpectations } from '../../domain/judge-expectations';

// Nothing here depends on speed; a machine under load is only given the time that it needs.
jest.setTimeout(120_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-places-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;

/** A column of a source and the kind of feature that it is trained as; null: it cannot be one. */
interface Case {
  readonly type: unknown;
  readonly feature: 'FLOAT' | 'STRING' | 'INT64' | null;
  readonly values: readonly unknown[];
  /** What a caller may send for the same values besides what training saw. */
  readonly alsoSent?: readonly (FeatureValue | undefined)[];
}

const DAY = 86_400_000;
const NOW = 1_700_000_000_123;
const CASES: Readonly<Record<string, Case>> = {
  boolean: { type: 'boolean', feature: 'FLOAT', values: [true, false] },
  int: { type: 'int', feature: 'FLOAT', values: [-3, 0, 1, 7] },
  long: { type: 'long', feature: 'FLOAT', values: [16_777_216, 16_777_217, NOW] },
  'long as a time': { type: 'long', feature: 'INT64', values: [-1, 0, NOW] },
  float: { type: 'float', feature: 'FLOAT', values: [0.1, 0.3, 0.5, 3], alsoSent: [0.1, 0.3] },
  double: { type: 'double', feature: 'FLOAT', values: [0.1, 0.3, 1, 1e21, Number.NaN] },
  string: {
    type: 'string',
    feature: 'STRING',
    values: ['', 'a', "it's", '0.1', 'true', '1', 'a\nb', 'a\rb', 'a\u2028b', 'B', 'B\0', 'B\0x', '😀', '[1,2]'],
  },
  enum: { type: { type: 'enum', name: 'E', symbols: ['a', 'B'] }, feature: 'STRING', values: ['a', 'B'] },
  'timestamp-millis': {
    type: { type: 'long', logicalType: 'timestamp-millis' },
    feature: 'INT64',
    values: [-1, 0, NOW],
  },
  'timestamp-micros': {
    type: { type: 'long', logicalType: 'timestamp-micros' },
    feature: 'INT64',
    values: [-1_500, 0, NOW * 1_000 + 456],
  },
  date: { type: { type: 'int', logicalType: 'date' }, feature: 'INT64', values: [-1, 0, 19_000] },
  array: { type: { type: 'array', items: 'int' }, feature: 'STRING', values: [[1, 2], []] },
  map: { type: { type: 'map', values: 'bytes' }, feature: 'STRING', values: [{ a: Buffer.from('x') }, {}] },
  union: { type: ['string', 'int'], feature: 'STRING', values: [{ string: 'a' }, { int: 7 }] },
  bytes: { type: 'bytes', feature: null, values: [Buffer.from('a'), Buffer.from('true')] },
};

const RULES: readonly Expectation[] = (
  [
    { kind: 'NOT_NULL' },
    ...[
      [0, 1],
      [null, 0.1],
      [0.1, null],
      [0.3, 0.3],
      [7, 7],
      [16_777_217, null],
      [0, 20_000],
      [0, NOW],
      [19_000 * DAY, null],
    ].map(([min, max]) => ({ kind: 'BETWEEN', min, max })),
    ...['true', 'false', '1', '0', '0.1', '7', `${NOW}`, `${19_000 * DAY}`, 'a', 'B', 'B\0x', '[1,2]', '"a"', '1e+21']
      .map((value) => [value])
      .concat([['', "it's", '-3', '{}']])
      .map((values) => ({ kind: 'IN_SET', values })),
    ...['.*', 'a.b', 'a[^x]b', '[0-9]+', '\\d.*', 'true|1', 'B', '\\[.*', '"?a"?'].map((pattern) => ({
      kind: 'MATCHES',
      pattern,
    })),
    ...[['integer'], ['number'], ['boolean'], ['time'], ['text'], ['other'], ['boolean', 'text']].map((values) => ({
      kind: 'TYPE',
      values,
    })),
  ] as Partial<Expectation>[]
).map((change) =>
  expectationOf({
    id: Object.values(change)
      .map((one) => JSON.stringify(one))
      .join(' '),
    kind: 'NOT_NULL',
    column: 'x',
    severity: 'WARNING',
    ...change,
  }),
);

const idsOf = (broken: readonly { readonly id: string }[]) => broken.map(({ id }) => id);

interface Written {
  readonly decoded: Row;
  readonly path: string;
  readonly broken: string[];
}

/** One record as it stands on the topic, and as the only row of a data set that is judged. */
async function written(schema: string, codec: AvroCodec<Row>, value: unknown): Promise<Written> {
  const bytes = codec.encode({ x: value });
  const decoded = codec.decode(bytes);
  const own = await mkdtemp(join(folder, 'set-'));
  const writer = await DatasetWriter.create({ folder: own, schema, eventTimeField: null, holdOut: { fraction: 0 } });
  try {
    writer.add({ partition: 0, offset: 0, key: null, bytes, value: decoded });
    const { path } = (await writer.finish()).training;
    const parts = [{ part: 'TRAINING', path }] as const;
    const { profile, measures } = await examineDataset({ parts, label: null, expectations: RULES, folder: own });
    return { decoded, path, broken: idsOf(judgeExpectations(RULES, profile, measures)) };
  } finally {
    writer.close();
  }
}

const brokenByRecord = (schema: string, record: Row): string[] =>
  recordChecks(RULES, fieldViews(schema)).flatMap(({ rule, isBroken }) =>
    isBroken(record[rule.column]) ? [rule.id] : [],
  );

/** What training reads of the column is what a caller sends. */
async function sentFor(path: string, feature: SignatureInput['type']): Promise<FeatureValue> {
  const column = (await loadTable(path, ['x'])).columns.get('x')!;
  if (column.kind === 'category') return column.codes[0]! < 0 ? null : column.categories[column.codes[0]!]!;
  const value = column.values[0]!;
  if (Number.isNaN(value)) return null;
  return feature === 'INT64' ? Math.floor(value) : value;
}

function brokenByRequest(x: FeatureValue, type: SignatureInput['type']): string[] {
  const signature = { inputs: [signatureInput('x', { type, optional: true })], outputs: [] };
  const { rejection, warnings } = compileInputCheck(signature, inputRules(RULES, signature))({ x });
  expect(rejection).toBeNull();
  return warnings.map((warning) => warning.replace('EXPECTATION_BROKEN:', ''));
}

describe('validation > one definition in three places', () => {
  it.each(Object.entries(CASES))('%s: data set, record and request have one verdict', async (_, given) => {
    const { type, feature, values, alsoSent = [] } = given;
    const nullable = Array.isArray(type) ? ['null', ...type] : ['null', type];
    const schema = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'x', type: nullable }] });
    const codec = AvroCodec.of<Row>(parseSchema(schema));
    const { kind } = fieldViews(schema).get('x')!;
    // What could never hold in such a column is refused when it is defined.
    const meant = RULES.filter((rule) => whyMeaningless(rule, kind) === null).map(({ id }) => id);
    const differences: string[] = [];
    for (const [index, value] of [...values, null].entries()) {
      const { decoded, path, broken } = await written(schema, codec, value);
      const compare = (place: string, found: readonly string[]) => {
        const apart = meant.filter((id) => broken.includes(id) !== found.includes(id));
        differences.push(...apart.map((id) => `${JSON.stringify(value)} and ${id}: ${place} and data set disagree`));
      };
      compare('record', brokenByRecord(schema, decoded));
      if (feature === null || (typeof value === 'number' && Number.isNaN(value))) continue;
      compare('request', brokenByRequest(await sentFor(path, feature), feature));
      const also = alsoSent[index];
      if (also !== undefined) compare('request', brokenByRequest(also, feature));
    }
    expect([meant.length > 1, differences]).toEqual([true, []]);
  });
});
