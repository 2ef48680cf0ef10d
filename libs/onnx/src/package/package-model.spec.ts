/** @jest-environment ./libs/onnx/test/native-arrays.environment.cjs */
import {
  type CalendarPart,
  type CategoricalColumn,
  calendarPart,
  type FittedStep,
  type Model,
  predictTable,
  Random,
  type Table,
  type TrainedModel,
  type TrainingPlan,
  TrainingRun,
} from '@millrace/learning';
import { gateModel } from '../gate/gate-model';
import { checkParity } from '../parity/check-parity';
import { ModelSession } from '../session/model-session';
import { columnsOfTable } from '../session/table-columns';
import { packageModel } from './package-model';
import { signatureOf } from './signature-of';

// Nothing here depends on speed; a machine under load is only given the time that it needs.
jest.setTimeout(120_000);

const HOUR = 3_600_000;

/** Everything that can be dirty: missing numbers and categories, categories that a later table has not, times before 1970. */
function table(rows: number, seed: number, categories = ['A', 'B', 'C', 'é 漢']): Table {
  const random = new Random(seed);
  const codes = Int32Array.from({ length: rows }, () => random.below(categories.length + 1) - 1);
  const distance = Float64Array.from({ length: rows }, () => (random.below(8) ? random.uniform() * 5000 : Number.NaN));
  const departure = Float64Array.from({ length: rows }, (_, row) => -5 * HOUR + row * 977_003);
  const noise = Float64Array.from({ length: rows }, () => random.uniform());
  return {
    rows,
    columns: new Map([
      ['origin', { kind: 'CATEGORY', codes, categories }],
      ['distance', { kind: 'NUMBER', values: distance }],
      ['departure', { kind: 'TIME', values: departure }],
    ]),
    eventTime: departure,
    labels: Uint8Array.from(noise, (value, row) =>
      value < 0.2 + (codes[row] === 1 ? 0.3 : 0) + (distance[row] > 2500 ? 0.3 : 0) ? 1 : 0,
    ),
  };
}

const plan = (change: Partial<TrainingPlan> = {}): TrainingPlan => ({
  task: 'BINARY_CLASSIFICATION',
  features: [
    { name: 'origin', kind: 'CATEGORY', meaning: 'Airport' },
    { name: 'distance', kind: 'NUMBER' },
    { name: 'departure', kind: 'TIME' },
  ],
  candidates: [{ name: 'trees', learner: 'gradient-boosted-trees', parameters: { trees: 20, month: 1, dayOfYear: 1 } }],
  folds: 2,
  searchRows: 200,
  seed: 3,
  ...change,
});
const linear = [{ name: 'linear', learner: 'logistic-regression', parameters: { maxCategories: 3 } }];

function train(given: TrainingPlan, data: Table): TrainedModel {
  const run = TrainingRun.start(given, data);
  for (let step = 0; !run.done && step < 5000; step++) run.step();
  return run.result().trained;
}

const asNumbers = (data: Table): Table => ({
  ...data,
  labels: Float64Array.from(data.labels ?? [], (label, row) => 3 * label + row / 1000),
});

describe('onnx > packageModel', () => {
  const data = table(2000, 1);
  const foreign = table(700, 2, ['B', 'unheard of', '']);
  it.each([
    ['trees, probability', plan(), data],
    ['logistic regression, probability', plan({ candidates: linear }), data],
    ['trees, number', plan({ task: 'REGRESSION' }), asNumbers(data)],
    ['linear, number', plan({ task: 'REGRESSION', candidates: linear }), asNumbers(data)],
    ['numbers only', plan({ candidates: linear, features: [{ name: 'distance', kind: 'NUMBER' }] }), data],
    ['categories only', plan({ candidates: linear, features: [{ name: 'origin', kind: 'CATEGORY' }] }), data],
  ] as [string, TrainingPlan, Table][])(
    '%s: ONNX Runtime agrees with the trainer, also on rows it has never seen',
    async (_, given, rows) => {
      const trained = train(given, rows);
      const bytes = packageModel(trained, {});
      expect(await checkParity(bytes, trained, rows)).toEqual({ rows: 2000, maxDifference: expect.any(Number) });
      const scale = given.task === 'REGRESSION' ? 5 : 1;
      expect((await checkParity(bytes, trained, rows)).maxDifference).toBeLessThan(1e-5 * scale);
      expect((await checkParity(bytes, trained, foreign)).maxDifference).toBeLessThan(1e-5 * scale);
    },
  );

  it.each([
    ['trees', plan()],
    ['logistic regression', plan({ candidates: linear })],
  ])('%s: a text ends at U+0000 for trainer and graph alike, in training and after it', async (_, given) => {
    // The labels follow "B" alone; rows of "B\0..." are others to whoever reads on.
    const rows = table(2000, 1, ['A', 'B', 'B\0', 'B\0x', '\0', '\0A']);
    const trained = train(given, rows);
    const bytes = packageModel(trained, {});
    expect((await checkParity(bytes, trained, rows)).maxDifference).toBeLessThan(1e-5);
    const carriers = table(700, 2, ['\0', '\0B', 'B\0', 'B\0A', 'unheard of\0']);
    expect((await checkParity(bytes, trained, carriers)).maxDifference).toBeLessThan(1e-5);
    expect(signatureOf(trained).inputs[0]).toMatchObject({ optional: true, categories: ['A', 'B'] });
  });

  it('is right about the few texts with U+0000 that a sample for parity misses', async () => {
    const rows = table(3000, 1);
    const origin = rows.columns.get('origin') as CategoricalColumn;
    const codes = origin.codes.map((code, row) => (row % 1000 === 1 ? 4 : code));
    const column: CategoricalColumn = { ...origin, codes, categories: [...origin.categories, 'B\0x'] };
    const few: Table = { ...rows, columns: new Map([...rows.columns, ['origin', column]]) };
    const trained = train(plan(), few);
    const bytes = packageModel(trained, {});
    expect((await checkParity(bytes, trained, few, 100)).maxDifference).toBeLessThan(1e-5);
    expect((await checkParity(bytes, trained, few, few.rows)).maxDifference).toBeLessThan(1e-5);
  });

  it('is let in by the gate, with the same names, types and widths as its signature', () => {
    const trained = train(plan(), data);
    const verdict = gateModel(packageModel(trained, {}));
    const shape = ({
      name,
      field,
      type,
      rank,
      width,
    }: {
      name: string;
      field: string;
      type: string;
      rank: number;
      width: number;
    }) => ({ name, field, type, rank, width });
    const signature = signatureOf(trained);
    expect(verdict.accepted && [verdict.signature.inputs.map(shape), verdict.signature.outputs.map(shape)]).toEqual([
      signature.inputs.map(shape),
      signature.outputs.map(shape),
    ]);
    expect(signature.inputs).toMatchObject([
      {
        name: 'origin',
        type: 'STRING',
        optional: true,
        closed: false,
        categories: ['A', 'B', 'C', 'é 漢'],
        meaning: 'Airport',
      },
      { name: 'distance', type: 'FLOAT', optional: true, categories: null },
      { name: 'departure', type: 'INT64', optional: false, min: null, max: null },
    ]);
    expect(signature.inputs[1].max).toBeGreaterThan(4900);
    expect(signature.outputs).toMatchObject([{ name: 'probability', type: 'FLOAT', width: 1 }]);
  });

  it('gives equal bytes for equal inputs, and carries the metadata in the order of their keys', () => {
    const once = packageModel(train(plan(), data), { seed: '3', dataSetDigest: 'ab' });
    const twice = packageModel(train(plan(), table(2000, 1)), { dataSetDigest: 'ab', seed: '3' });
    expect(Buffer.compare(once, twice)).toBe(0);
    const verdict = gateModel(once);
    expect(verdict.accepted && verdict.facts).toMatchObject({
      producer: 'millrace 1.1.0',
      metadata: { dataSetDigest: 'ab', seed: '3', trainerVersion: '1.1.0' },
    });
    const other = packageModel(train(plan({ seed: 4 }), data), { seed: '3', dataSetDigest: 'ab' });
    expect(Buffer.compare(once, other)).not.toBe(0);
  });

  it.each(['minute-of-day', 'hour-of-day', 'day-of-week', 'month', 'day-of-year'] as CalendarPart[])(
    'computes %s as the trainer does, over four thousand years',
    async (part) => {
      const random = new Random(9);
      const times = Float64Array.from({ length: 3000 }, () =>
        Math.floor((random.uniform() - 0.5) * 4000 * 365.25 * 24 * HOUR),
      );
      const steps: FittedStep[] = [{ kind: 'calendar', name: 'part', input: 't', part, as: 'number' }];
      const model: Model = { kind: 'linear', task: 'REGRESSION', intercept: 0, dense: Float32Array.of(1), indexed: [] };
      const inputs = [{ name: 't', kind: 'TIME' as const, optional: false, min: null, max: null, categories: null }];
      const session = await ModelSession.load(packageModel({ task: 'REGRESSION', inputs, steps, model }, {}));
      const rows: Table = { rows: times.length, columns: new Map([['t', { kind: 'TIME', values: times }]]) };
      const outputs = await session.run(times.length, columnsOfTable(inputs, rows, 0, times.length));
      expect(Array.from(outputs.get('value') as Float32Array)).toEqual(
        Array.from(times, (ms) => calendarPart(part, ms)),
      );
      await session.release();
    },
  );

  it('does not confuse its own names with those of the inputs', async () => {
    const clash: Table = {
      ...data,
      columns: new Map([...data.columns].map(([name, column]) => [name === 'distance' ? 'features' : name, column])),
    };
    const features = plan().features.map((input) =>
      input.name === 'distance' ? { ...input, name: 'features' } : input,
    );
    const trained = train(plan({ features }), clash);
    const bytes = packageModel(trained, {});
    expect(gateModel(bytes)).toMatchObject({ accepted: true });
    expect((await checkParity(bytes, trained, clash)).maxDifference).toBeLessThan(1e-5);
  });

  it('refuses a constant, which has no inputs', () => {
    const constant: TrainedModel = {
      ...train(plan(), data),
      model: { kind: 'constant', task: 'BINARY_CLASSIFICATION', value: 0 },
    };
    expect(() => packageModel(constant, {})).toThrow(expect.objectContaining({ code: 'MODEL_NOT_PACKAGED' }));
  });
});

describe('onnx > checkParity', () => {
  it('sees a file that differs from its trainer', async () => {
    const data = table(600, 5);
    const trained = train(plan(), data);
    const other = train(plan({ seed: 8 }), data);
    const bytes = packageModel(other, {});
    expect((await checkParity(bytes, trained, data)).maxDifference).toBeGreaterThan(1e-3);
    expect((await checkParity(bytes, other, data, 100)).rows).toBe(100);
    expect(predictTable(trained, data)).toHaveLength(600);
  });
});
