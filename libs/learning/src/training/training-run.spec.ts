import { Random } from '../random';
import { columnOf, type Table } from '../table/table';
import { takeRows } from '../table/take-rows';
import { foldsOf } from './folds';
import { extrapolationWarnings, predictTable } from './trained-model';
import type { TrainingPlan } from './training-plan';
import { type RunProgress, TrainingRun } from './training-run';

// Nothing here depends on speed; a machine under load is only given the time that it needs.
jest.setTimeout(120_000);

const HOUR = 3_600_000;

/** Evenings are late, airport B more so; every 30 minutes one flight. */
function flights(rows: number, change: Partial<Table> = {}): Table {
  const random = new Random(12);
  const departure = Float64Array.from({ length: rows }, (_, row) => 980_000_000_000 + row * (HOUR / 2));
  const codes = Int32Array.from({ length: rows }, () => random.below(4) - 1);
  const distance = Float64Array.from({ length: rows }, () => (random.below(10) ? random.below(2000) : Number.NaN));
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const evening = (departure[row] / HOUR) % 24 > 15 ? 0.35 : 0;
    return random.uniform() < 0.1 + evening + (codes[row] === 1 ? 0.3 : 0) ? 1 : 0;
  });
  return {
    rows,
    columns: new Map([
      ['origin', { kind: 'CATEGORY', codes, categories: ['A', 'B', 'C'] }],
      ['distance', { kind: 'NUMBER', values: distance }],
      ['departure', { kind: 'TIME', values: departure }],
    ]),
    eventTime: departure,
    labels,
    ...change,
  };
}

const plan = (change: Partial<TrainingPlan> = {}): TrainingPlan => ({
  task: 'BINARY_CLASSIFICATION',
  features: [
    { name: 'origin', kind: 'CATEGORY', meaning: 'Airport' },
    { name: 'distance', kind: 'NUMBER' },
    { name: 'departure', kind: 'TIME' },
  ],
  candidates: [
    { name: 'linear', learner: 'logistic-regression', parameters: { maxIterations: 6 } },
    { name: 'trees', learner: 'gradient-boosted-trees', parameters: { trees: 8, depth: 3, rowFraction: 0.8 } },
  ],
  folds: 3,
  searchRows: 600,
  seed: 7,
  ...change,
});

function finish(run: TrainingRun): { progress: RunProgress[]; text: string; run: TrainingRun } {
  const progress: RunProgress[] = [];
  for (let step = 0; !run.done && step < 1000; step++) progress.push(run.step());
  return { progress, run, text: JSON.stringify(run.result()) };
}

describe('learning > TrainingRun', () => {
  const table = flights(800);
  const whole = finish(TrainingRun.start(plan(), table));

  it('scores the baseline and every candidate on every fold, then refits the best', () => {
    const { scores, chosen, trained, warnings, rows } = whole.run.result();
    expect(scores.map((score) => [score.candidate, score.folds.length])).toEqual([
      ['baseline', 3],
      ['linear', 3],
      ['trees', 3],
    ]);
    const losses = scores.map((score) => score.mean.logLoss);
    expect(Math.min(losses[1], losses[2])).toBeLessThan(losses[0]);
    expect(chosen).toBe(losses[1] <= losses[2] ? 'linear' : 'trees');
    expect([trained.inputs.map((input) => input.name), warnings, rows]).toEqual([
      ['origin', 'distance', 'departure'],
      [],
      800,
    ]);
    expect(scores[1].sd.logLoss).toBeGreaterThan(0);
  });
  it('reports progress that grows and names each candidate once', () => {
    const { progress } = whole;
    expect(progress.flatMap((p) => (p.scored ? [p.scored.candidate] : []))).toEqual(['baseline', 'linear', 'trees']);
    for (const phase of ['search', 'refit'] as const) {
      const steps = progress.filter((p) => p.phase === phase);
      for (const [i, p] of steps.entries()) expect(p.done).toBeGreaterThanOrEqual(i > 0 ? steps[i - 1].done : 0);
      expect(steps.at(-1)?.done).toBeLessThanOrEqual(steps[0].total);
    }
    expect(progress.at(-1)).toMatchObject({ phase: 'refit', done: progress.at(-1)?.total });
  });
  it('gives the same bytes again', () => {
    expect(finish(TrainingRun.start(plan(), flights(800))).text).toBe(whole.text);
  });
  it('gives the same bytes when it is killed after any step and resumed from its checkpoint', () => {
    for (let stop = 0; stop <= whole.progress.length; stop++) {
      const run = TrainingRun.start(plan(), table);
      for (let step = 0; step < stop; step++) run.step();
      const resumed = TrainingRun.resume(plan(), flights(800), run.checkpoint());
      expect(finish(resumed).text).toBe(whole.text);
    }
  });
  it('does not depend on the order of the rows', () => {
    const order = new Random(3).shuffle(Int32Array.from({ length: 800 }, (_, row) => row));
    const { trained } = finish(TrainingRun.start(plan(), takeRows(table, order))).run.result();
    expect(JSON.stringify(trained)).toBe(JSON.stringify(whole.run.result().trained));
  });
  it('learns from a table without time by folds of a seeded shuffle', () => {
    const timeless = flights(800, { eventTime: undefined });
    const { scores } = finish(TrainingRun.start(plan(), timeless)).run.result();
    expect(scores[1].mean.logLoss).toBeLessThan(scores[0].mean.logLoss);
  });
  it('learns a number', () => {
    const labels = Float64Array.from(columnOf(table, 'distance', 'NUMBER').values, (value) => (value > 1000 ? 5 : 1));
    const run = finish(TrainingRun.start(plan({ task: 'REGRESSION' }), flights(800, { labels }))).run;
    expect(run.result().chosen).toBe('trees');
    expect(run.result().scores[2].mean.rmse).toBeLessThan(run.result().scores[0].mean.rmse);
    expect(predictTable(run.result().trained, table)).toHaveLength(800);
  });
  it('says so when nothing beats the baseline', () => {
    const random = new Random(1);
    const labels = Uint8Array.from({ length: 800 }, () => random.below(2));
    const deep = { trees: 60, depth: 8, minChildWeight: 0.01, learningRate: 0.5 };
    const candidates = [{ name: 'deep', learner: 'gradient-boosted-trees', parameters: deep }];
    const { warnings } = finish(TrainingRun.start(plan({ candidates }), flights(800, { labels }))).run.result();
    expect(warnings).toEqual([expect.stringMatching(/^No candidate beats the baseline: logLoss/)]);
  });
  it('profiles inputs for the signature', () => {
    expect(whole.run.result().trained.inputs).toEqual([
      {
        name: 'origin',
        kind: 'CATEGORY',
        meaning: 'Airport',
        optional: true,
        min: null,
        max: null,
        categories: ['A', 'B', 'C'],
      },
      {
        name: 'distance',
        kind: 'NUMBER',
        meaning: '',
        optional: true,
        min: expect.any(Number),
        max: expect.any(Number),
        categories: null,
      },
      { name: 'departure', kind: 'TIME', meaning: '', optional: false, min: null, max: null, categories: null },
    ]);
  });
  it('warns when a feature extrapolates on the hold-out set', () => {
    const parameters = { trees: 2, month: 1, dayOfYear: 1 };
    const candidates = [{ name: 'm', learner: 'gradient-boosted-trees', parameters }];
    const { trained } = finish(TrainingRun.start(plan({ candidates }), table)).run.result();
    const shifted = columnOf(table, 'departure', 'TIME').values.map((ms) => ms + 60 * 24 * HOUR);
    const holdOut: Table = {
      ...table,
      columns: new Map([...table.columns, ['departure', { kind: 'TIME', values: shifted }]]),
    };
    expect(extrapolationWarnings(trained, table, holdOut)).toEqual([
      expect.stringMatching(/^Feature departure.month extrapolates: \d+ % of the hold-out rows/),
      expect.stringMatching(/^Feature departure.day-of-year extrapolates/),
    ]);
  });
});

describe('learning > TrainingRun > refusals', () => {
  const table = flights(800);
  it.each<[string, Partial<TrainingPlan>, Partial<Table>, string, string]>([
    ['no feature', { features: [] }, {}, 'LEARNING_PLAN_INVALID', 'names no feature'],
    ['no candidate', { candidates: [] }, {}, 'LEARNING_PLAN_INVALID', 'names no candidate'],
    ['one fold', { folds: 1 }, {}, 'LEARNING_PLAN_INVALID', 'Folds must be'],
    [
      'two candidates of one name',
      { candidates: [plan().candidates[0], plan().candidates[0]] },
      {},
      'LEARNING_PLAN_INVALID',
      '"linear" stands twice',
    ],
    [
      'a candidate called baseline',
      { candidates: [{ ...plan().candidates[0], name: 'baseline' }] },
      {},
      'LEARNING_PLAN_INVALID',
      '"baseline" is taken',
    ],
    [
      'an unknown learner',
      { candidates: [{ name: 'a', learner: 'forest', parameters: {} }] },
      {},
      'LEARNING_PLAN_INVALID',
      'no learner "forest"; there are logistic-regression, gradient-boosted-trees',
    ],
    [
      'an unknown column',
      { features: [{ name: 'delay', kind: 'NUMBER' }] },
      {},
      'LEARNING_TABLE_INVALID',
      'no column "delay"',
    ],
    ['no labels', {}, { labels: undefined }, 'LEARNING_LABEL_INVALID', 'no labels'],
    [
      'a label that is neither 0 nor 1',
      {},
      { labels: new Float64Array(800).fill(2) },
      'LEARNING_LABEL_INVALID',
      'row 0 is 2',
    ],
    ['one class', {}, { labels: new Uint8Array(800) }, 'LEARNING_SINGLE_CLASS', 'both classes'],
    ['rows of one instant only', {}, { eventTime: new Float64Array(800) }, 'LEARNING_TOO_FEW_ROWS', 'fold 0 is empty'],
  ])('refuses %s', (_, planChange, tableChange, code, message) => {
    const start = () => TrainingRun.start(plan(planChange), { ...table, ...tableChange });
    expect(start).toThrow(expect.objectContaining({ code }));
    expect(start).toThrow(message);
  });
  it('refuses a checkpoint of another plan or table, and bytes that are none', () => {
    const checkpoint = TrainingRun.start(plan(), table).checkpoint();
    const refused = expect.objectContaining({ code: 'LEARNING_CHECKPOINT_MISMATCH' });
    expect(() => TrainingRun.resume(plan({ seed: 8 }), table, checkpoint)).toThrow(refused);
    expect(() => TrainingRun.resume(plan(), flights(801), checkpoint)).toThrow(refused);
    expect(() => TrainingRun.resume(plan(), table, Uint8Array.of(0xff, 1, 2))).toThrow(refused);
    expect(() => TrainingRun.resume(plan(), table, checkpoint.slice(0, 40))).toThrow(refused);
  });
});

describe('learning > foldsOf', () => {
  it('never shows a fold its future, and keeps one instant together', () => {
    const eventTime = Float64Array.from({ length: 100 }, (_, row) => Math.floor(row / 7));
    for (const { training, validation } of foldsOf({ rows: 100, columns: new Map(), eventTime }, 4)) {
      const last = Math.max(...Array.from(training, (row) => eventTime[row]));
      const first = Math.min(...Array.from(validation, (row) => eventTime[row]));
      expect(last).toBeLessThan(first);
    }
  });
  it('without time judges every row once, on a fold that has not seen it', () => {
    const folds = foldsOf({ rows: 10, columns: new Map() }, 3);
    expect(folds.flatMap((fold) => [...fold.validation]).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { training, validation } of folds) {
      expect([...training, ...validation].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });
});
