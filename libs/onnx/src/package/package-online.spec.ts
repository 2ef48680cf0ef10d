/** @jest-environment ./libs/onnx/test/native-arrays.environment.cjs */
import { type Input, ONLINE_LEARNERS, type OnlineLearner, Random, readParameters } from '@millrace/learning';
import { gateModel } from '../gate/gate-model';
import { ModelSession } from '../session/model-session';
import type { ColumnData } from '../session/tensor-columns';
import { packageModel } from './package-model';

jest.setTimeout(120_000);

const INPUTS: readonly Input[] = [
  { name: 'x', kind: 'NUMBER' },
  { name: 'y', kind: 'NUMBER' },
  { name: 'carrier', kind: 'CATEGORY' },
  { name: 'departure', kind: 'TIME' },
];

/** Missing, huge and tiny numbers, missing and unseen categories, times before 1970. */
function rows(count: number, seed: number, foreign: boolean) {
  const random = new Random(seed);
  const wild = [Number.NaN, 1e20, -1e20, Number.POSITIVE_INFINITY, 1e-30];
  return Array.from({ length: count }, (_, n) => ({
    x: random.below(9) === 0 ? wild[foreign ? random.below(wild.length) : 0] : random.uniform() * 4 - 2,
    y: 1_000 + 50 * random.uniform(),
    carrier: random.below(12) === 0 ? '' : `é${random.below(foreign ? 12 : 6)}`,
    departure: (n - 50) * 1_234_567,
  }));
}

function trainedLearner(name: string, given: Record<string, number>): OnlineLearner {
  const kind = ONLINE_LEARNERS.get(name);
  if (!kind) throw new Error(name);
  const learner = kind.create(INPUTS, readParameters(name, kind.parameters, given));
  const random = new Random(2);
  const row = learner.layout.row();
  for (const features of rows(6_000, 1, false)) {
    const odds = 2 * (features.x || 0) + (features.carrier === 'é3' ? 2 : -0.5) + (features.y - 1_025) / 20;
    learner.learn(learner.layout.read(features, row), random.uniform() < 1 / (1 + Math.exp(-odds)) ? 1 : 0);
  }
  return learner;
}

describe('onnx > packageModel of online learners', () => {
  it.each([
    ['logistic-adagrad', {}],
    ['logistic-ftrl', {}],
    ['logistic-ftrl', { bits: 4, vocabulary: 4, l1: 0.1 }],
    ['hoeffding-tree', { grace: 50, tie: 0.3 }],
  ] as [string, Record<string, number>][])(
    '%s %j: ONNX Runtime says what the learner says, within 1e-6',
    async (name, given) => {
      const learner = trainedLearner(name, given);
      const bytes = packageModel(learner.trained(), {});
      expect(gateModel(bytes)).toMatchObject({ accepted: true });
      const sample = [...rows(1_000, 7, false), ...rows(1_000, 8, true)];
      const session = await ModelSession.load(bytes);
      const columns = new Map<string, ColumnData>([
        ['x', Float32Array.from(sample, ({ x }) => x)],
        ['y', Float32Array.from(sample, ({ y }) => y)],
        ['carrier', sample.map(({ carrier }) => carrier)],
        ['departure', BigInt64Array.from(sample, ({ departure }) => BigInt(departure))],
      ]);
      const said = (await session.run(sample.length, columns)).get('probability') as Float32Array;
      const row = learner.layout.row();
      const differences = sample.map((features, n) =>
        Math.abs(said[n] - learner.predict(learner.layout.read(features, row))),
      );
      expect(differences.every((difference) => difference < 1e-6)).toBe(true);
      expect(new Set(said).size).toBeGreaterThan(5);
      await session.release();
    },
  );

  it.each(['logistic-ftrl', 'hoeffding-tree'])(
    '%s: a text ends at U+0000 for learner and graph alike',
    async (name) => {
      const learner = trainedLearner(name, name === 'hoeffding-tree' ? { grace: 50, tie: 0.3 } : {});
      const session = await ModelSession.load(packageModel(learner.trained(), {}));
      const row = learner.layout.row();
      for (const carrier of ['\0', '\0é3', 'é3\0', 'é3\0é4']) {
        const columns = new Map<string, ColumnData>([
          ['x', Float32Array.of(1)],
          ['y', Float32Array.of(1_010)],
          ['carrier', [carrier]],
          ['departure', BigInt64Array.of(0n)],
        ]);
        const said = (await session.run(1, columns)).get('probability') as Float32Array;
        const learned = learner.predict(learner.layout.read({ x: 1, y: 1_010, carrier, departure: 0 }, row));
        expect(Math.abs(said[0] - learned)).toBeLessThan(1e-6);
      }
      await session.release();
    },
  );

  it('refuses a learner that has learned nothing', () => {
    for (const [name, kind] of ONLINE_LEARNERS) {
      const learner = kind.create(INPUTS, readParameters(name, kind.parameters, {}));
      expect(() => learner.trained()).toThrow(expect.objectContaining({ code: 'LEARNING_TOO_FEW_ROWS' }));
    }
  });
});
