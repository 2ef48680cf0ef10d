import { Random } from '../random';
import { log } from './elementary';
import { flipLabels, HOSTILE_VALUES, SAMPLE_INPUTS, type SampleExample, sampleStream } from './sample-stream';
import { type OnlinePlan, TestThenTrain } from './test-then-train';

const plan = (change: Partial<OnlinePlan> = {}): OnlinePlan => ({
  learner: 'logistic-adagrad',
  features: SAMPLE_INPUTS,
  parameters: {},
  guard: {},
  window: 1_000,
  detector: 'adwin',
  ...change,
});
const UNGUARDED = { spikeLoss: 1e6, closeAt: 1e9 };

/** 10 % flipped labels for 1,000 examples, then 50 % for 500. */
function poisonedStream(seed: number) {
  const clean = sampleStream(6_500, seed);
  const share = (n: number) => (n < 3_000 || n >= 4_500 ? 0 : n < 4_000 ? 0.1 : 0.5);
  return { clean, poisoned: flipLabels(clean, seed + 50, share) };
}

/** Mean log loss of the examples from `from` on. */
function lossAfter(given: OnlinePlan, stream: readonly SampleExample[], from: number, counted = (_: number) => false) {
  const run = TestThenTrain.start(given);
  let sum = 0;
  let learned = 0;
  stream.forEach((example, n) => {
    const { probability, refused } = run.take(example);
    if (refused === null && counted(n)) learned++;
    if (n >= from) sum -= log(example.label === 1 ? probability : 1 - probability);
  });
  return { loss: sum / (stream.length - from), counts: run.counts(), learned };
}

describe('learning > online > TestThenTrain', () => {
  it.each(['logistic-adagrad', 'logistic-ftrl', 'hoeffding-tree'])(
    '%s: stopped at five random places it ends with the hash of the undisturbed run, guard and evaluation included',
    (learner) => {
      const stream: { label: unknown; releasedProbability?: number }[] = flipLabels(sampleStream(4_000, 8), 9, (n) =>
        n > 2_000 && n < 2_600 ? 0.5 : 0,
      ).map((example, n) => ({
        ...example,
        label: n % 97 === 0 ? 7 : example.label,
        releasedProbability: n % 3 ? 0.4 : NaN,
        offset: n,
      }));
      const examples = stream as Parameters<TestThenTrain['take']>[0][];
      const whole = TestThenTrain.start(plan({ learner }));
      for (const example of examples) whole.take(example);
      let run = TestThenTrain.start(plan({ learner }));
      const random = new Random(4);
      const stops = new Set(Array.from({ length: 5 }, () => random.below(examples.length)));
      examples.forEach((example, n) => {
        if (stops.has(n)) {
          const next = TestThenTrain.start(plan({ learner }));
          next.restore(run.state());
          run = next;
        }
        run.take(example);
      });
      expect(run.hash()).toBe(whole.hash());
      expect(run.report()).toEqual(whole.report());
      expect(run.changes()).toEqual(whole.changes());
      expect(run.counts()).toMatchObject({ taken: 4_000, refused: { LABEL_OUT_OF_RANGE: 42 } });
    },
  );

  it.each(['logistic-adagrad', 'logistic-ftrl', 'hoeffding-tree'])(
    '%s: a poisoned burst costs at most 0.02 nats afterwards, since less than 160 flips are learned',
    (learner) => {
      for (const seed of [1, 2, 3]) {
        const { clean, poisoned } = poisonedStream(seed);
        const undisturbed = lossAfter(plan({ learner, guard: UNGUARDED }), clean, 4_500);
        const flipped = (n: number) => n < poisoned.length && poisoned[n].label !== clean[n].label;
        const guarded = lossAfter(plan({ learner }), poisoned, 4_500, flipped);
        expect(guarded.loss - undisturbed.loss).toBeLessThan(0.02);
        expect(guarded.counts.refused.LOSS_BURST).toBeGreaterThan(400);
        expect(guarded.learned).toBeLessThan(160);
        // A tree of 3,000 examples hardly minds what comes after: there is nothing to save.
        if (learner === 'hoeffding-tree') continue;
        const unguarded = lossAfter(plan({ learner, guard: UNGUARDED }), poisoned, 4_500);
        expect(guarded.loss - undisturbed.loss).toBeLessThan((unguarded.loss - undisturbed.loss) / 2);
      }
    },
  );

  it.each(['logistic-adagrad', 'logistic-ftrl', 'hoeffding-tree'])(
    '%s: a label that it is all but sure against is a spike: counted, and not learned from, once it has warmed up',
    (learner) => {
      // Nothing but x0 tells the label here, so every learner is soon sure of it.
      const certain = Array.from({ length: 2_000 }, (_, n) => ({ features: { x0: n % 2 ? 3 : -3 }, label: n % 2 }));
      const wrong = { features: { x0: 3 }, label: 0 };
      const run = TestThenTrain.start(plan({ learner, guard: { warmUp: 1_000, closeAt: 1e9 } }));
      for (const example of certain.slice(0, 900)) run.take(example);
      expect(run.take(wrong)).toMatchObject({ refused: null });
      for (const example of certain.slice(900)) run.take(example);
      const before = { hash: run.learner.hash(), learned: run.counts().learned };
      const { probability, refused } = run.take(wrong);
      expect(probability).toBeGreaterThan(0.99);
      expect(refused).toBe('LOSS_SPIKE');
      expect({ hash: run.learner.hash(), learned: run.counts().learned }).toEqual(before);
      expect(run.counts()).toMatchObject({ refused: { LOSS_SPIKE: 1, LOSS_BURST: 0 }, burst: false });
      expect(run.take(certain[0]).refused).toBeNull();
    },
  );

  it('a change that stays is learned once the patience is over', () => {
    const before = sampleStream(3_000, 5);
    const after = sampleStream(6_000, 6).map(
      (example): SampleExample => ({ ...example, label: example.label === 1 ? 0 : 1 }),
    );
    const run = lossAfter(plan({ guard: { patience: 1_000 } }), [...before, ...after], 8_000);
    expect(run.counts.gaveIn).toBeGreaterThan(0);
    expect(run.loss).toBeLessThan(0.6);
  });

  it.each(['adwin', 'page-hinkley', 'ddm'])(
    '%s: tells of a change in the errors with the offset of its example',
    (detector) => {
      const flipped = sampleStream(2_000, 6).map(({ features, label }) => ({ features, label: label === 1 ? 0 : 1 }));
      const run = TestThenTrain.start(plan({ detector }));
      expect(run.changes()).toEqual({ detector, rose: 0, fell: 0, last: null });
      [...sampleStream(5_000, 5), ...flipped].forEach((example, n) => {
        run.take({ ...example, offset: 10 * n });
      });
      const { rose, last } = run.changes();
      expect(rose).toBeGreaterThan(0);
      expect(last?.offset).toBeGreaterThanOrEqual(50_000);
      expect(last?.offset).toBeLessThan(60_000);
      const other = TestThenTrain.start(plan({ detector }));
      other.restore(run.state());
      expect(other.changes()).toEqual(run.changes());
    },
  );

  it('takes whatever an example holds, and counts why it did not learn', () => {
    const run = TestThenTrain.start(plan());
    for (const value of HOSTILE_VALUES) {
      run.take({ features: Object.fromEntries(SAMPLE_INPUTS.map(({ name }) => [name, value])), label: value });
    }
    const { taken, learned, refused } = run.counts();
    expect(taken).toBe(HOSTILE_VALUES.length);
    expect(refused.LABEL_MISSING).toBe(3);
    expect(learned + refused.LABEL_MISSING + refused.LABEL_OUT_OF_RANGE).toBe(taken);
  });

  it('reports what a recomputation gives: learner and floors over the window, the released model on the same examples', () => {
    const run = TestThenTrain.start(plan());
    const labels: number[] = [];
    const meanOf = (some: readonly number[]) => (some.filter((label) => label === 1).length + 1) / (some.length + 2);
    const rows = sampleStream(3_000, 12).map((example, n) => {
      const released = n % 3 === 0 ? null : 0.31 + (n % 5) / 10;
      const floors = { runningMean: meanOf(labels), lastLabels: meanOf(labels.slice(-100)) };
      const { probability: learner } = run.take({ ...example, releasedProbability: released });
      labels.push(example.label);
      return { label: example.label, learner, released: released ?? Number.NaN, ...floors };
    });
    type Who = 'learner' | 'released' | 'runningMean' | 'lastLabels';
    const figures = (some: typeof rows, who: Who) => {
      const mean = (of: (row: (typeof rows)[number]) => number) =>
        some.reduce((sum, row) => sum + of(row), 0) / some.length;
      return {
        accuracy: expect.closeTo(
          mean((row) => Number(row[who] >= 0.5 === (row.label === 1))),
          12,
        ),
        logLoss: expect.closeTo(
          mean((row) => -Math.log(row.label === 1 ? row[who] : 1 - row[who])),
          12,
        ),
      };
    };
    const window = rows.slice(-1_000);
    const both = window.filter(({ released }) => !Number.isNaN(released));
    const report = run.report();
    expect(report).toMatchObject({
      window: 1_000,
      examples: 3_000,
      learner: figures(window, 'learner'),
      runningMean: figures(window, 'runningMean'),
      lastLabels: figures(window, 'lastLabels'),
      beside: { examples: both.length, other: figures(both, 'released'), learner: figures(both, 'learner') },
      wholeLogLoss: {
        learner: figures(rows, 'learner').logLoss,
        runningMean: figures(rows, 'runningMean').logLoss,
        lastLabels: figures(rows, 'lastLabels').logLoss,
      },
    });
    expect(report.learner.logLoss).toBeLessThan(0.8 * Math.min(report.runningMean.logLoss, report.lastLabels.logLoss));
    expect(report.learner.auc).toBeGreaterThan(0.8);
  });

  it('refuses a damaged state and one of another plan, and is as it was', () => {
    const run = TestThenTrain.start(plan());
    for (const example of sampleStream(300, 1)) run.take(example);
    const before = run.hash();
    const damaged = Buffer.from(run.state());
    damaged[damaged.length >> 1] ^= 1;
    expect(() => run.restore(damaged)).toThrow(expect.objectContaining({ code: 'LEARNING_STATE_DAMAGED' }));
    const other = TestThenTrain.start(plan({ window: 500 })).state();
    expect(() => run.restore(other)).toThrow(expect.objectContaining({ code: 'LEARNING_STATE_MISMATCH' }));
    expect(run.hash()).toBe(before);
  });

  it.each([
    [{ learner: 'oracle' }, 'no online learner "oracle"'],
    [{ detector: 'ear' }, 'no detector "ear"'],
    [{ window: 5 }, 'from 100 to 100000'],
    [{ guard: { patience: 0 } }, 'patience must be'],
    [{ parameters: { rate: -1 } }, 'rate must be'],
  ])('refuses the plan %j', (change, message) => {
    expect(() => TestThenTrain.start(plan(change))).toThrow(message);
  });
});
