import { readParameters } from '../learners/parameters';
import { ONLINE_LEARNERS } from './catalogue';
import { checkOnlineLearner } from './check-online-learner';
import type { OnlineLearner, OnlineLearnerKind } from './online-learner';
import { SAMPLE_INPUTS, sampleStream } from './sample-stream';

const kindOf = (name: string): OnlineLearnerKind => {
  const kind = ONLINE_LEARNERS.get(name);
  if (!kind) throw new Error(name);
  return kind;
};
const parametersOf = (name: string, given: Record<string, number> = {}) =>
  readParameters(name, kindOf(name).parameters, given);

describe('learning > online learners', () => {
  it.each([
    ['logistic-adagrad', {}],
    ['logistic-adagrad', { l2: 0.001, bits: 4, hashSeed: 7, vocabulary: 3 }],
    ['logistic-ftrl', {}],
    ['logistic-ftrl', { l1: 0.5, l2: 1, bits: 4, vocabulary: 4 }],
    ['hoeffding-tree', {}],
    ['hoeffding-tree', { grace: 50, tie: 0.2, maxNodes: 15, maxActiveLeaves: 3, vocabulary: 4 }],
  ])('%s %j keeps the rules of the family', (name, given) => {
    checkOnlineLearner(kindOf(name), parametersOf(name, given));
  });

  it.each([
    ['does not learn', () => ({ predict: () => 0.5 }), 'beats the running mean'],
    ['forgets to restore', () => ({ restore: () => {} }), 'hash of the state'],
    [
      'restores anything',
      (real) => ({ restore: (bytes) => tryTo(() => real.restore(bytes)) }),
      'refuses damaged bytes',
    ],
    ['keeps a count of its own', (real) => ({ hash: () => real.hash() + counter++ }), 'give the same hash'],
  ] as [string, (real: OnlineLearner) => Partial<OnlineLearner>, string][])('refuse one that %s', (_, spoil, rule) => {
    const kind = kindOf('logistic-adagrad');
    const spoiled = {
      ...kind,
      create: (...given: Parameters<typeof kind.create>) => spoiledBy(spoil, kind.create(...given)),
    };
    expect(() => checkOnlineLearner(spoiled, parametersOf('logistic-adagrad'))).toThrow(rule);
  });

  it('refuses the state of a learner with other inputs or parameters', () => {
    for (const name of ONLINE_LEARNERS.keys()) {
      const learner = kindOf(name).create(SAMPLE_INPUTS, parametersOf(name));
      const others = [
        kindOf(name).create(SAMPLE_INPUTS.slice(1), parametersOf(name)),
        kindOf(name).create(SAMPLE_INPUTS, parametersOf(name, { clip: 5 })),
        ...[...ONLINE_LEARNERS.keys()]
          .filter((other) => other !== name)
          .map((other) => kindOf(other).create(SAMPLE_INPUTS, parametersOf(other))),
      ];
      for (const other of others) {
        expect(() => learner.restore(other.state())).toThrow(
          expect.objectContaining({ code: 'LEARNING_STATE_MISMATCH' }),
        );
      }
    }
  });

  it('does not mind what an input means to people', () => {
    const kind = kindOf('logistic-ftrl');
    const [plain, meant] = [SAMPLE_INPUTS, SAMPLE_INPUTS.map((input) => ({ ...input, meaning: 'Delay' }))].map(
      (inputs) => kind.create(inputs, parametersOf('logistic-ftrl')),
    );
    expect(meant.hash()).toBe(plain.hash());
  });

  it.each([
    [[], '1 to 1024 inputs'],
    [[SAMPLE_INPUTS[0], SAMPLE_INPUTS[0]], 'Two inputs are called "x0"'],
  ])('refuse inputs %j', (inputs, message) => {
    for (const name of ONLINE_LEARNERS.keys())
      expect(() => kindOf(name).create(inputs, parametersOf(name))).toThrow(message);
  });
});

describe('learning > online learners > memory', () => {
  it('a vocabulary takes no more categories than it has room for; the others share a weight', () => {
    const kind = kindOf('logistic-adagrad');
    const learner = kind.create(
      [{ name: 'c', kind: 'CATEGORY' }],
      parametersOf('logistic-adagrad', { vocabulary: 10 }),
    );
    const row = learner.layout.row();
    for (let n = 0; n < 5_000; n++) learner.learn(learner.layout.read({ c: `category ${n}` }, row), 1);
    expect(learner.state().length).toBeLessThan(1_000);
    const [unseen, late] = ['never seen', 'category 4999'].map((c) => learner.predict(learner.layout.read({ c }, row)));
    expect(late).toBe(unseen);
    expect(unseen).toBeGreaterThan(0.9);
  });

  it('a tree stops at its nodes and keeps statistics in the most promising leaves only', () => {
    const kind = kindOf('hoeffding-tree');
    const given = { grace: 50, tie: 0.5, significance: 0, maxNodes: 41, maxActiveLeaves: 4 };
    const learner = kind.create(SAMPLE_INPUTS, parametersOf('hoeffding-tree', given));
    const row = learner.layout.row();
    let most = 0;
    for (const { features, label } of sampleStream(30_000, 5)) {
      learner.learn(learner.layout.read(features, row), label);
      if (learner.examples % 3_000 === 0) most = Math.max(most, learner.state().length);
    }
    const { model } = learner.trained();
    expect(model.kind === 'trees' && model.trees[0].feature.length).toBe(41);
    expect(most).toBeLessThan(learner.stateBytesAtMost);
    expect(learner.stateBytesAtMost).toBeLessThan(1_000_000);
  });
});

let counter = 0;

function spoiledBy(spoil: (real: OnlineLearner) => Partial<OnlineLearner>, real: OnlineLearner): OnlineLearner {
  const spoiled = spoil(real);
  return new Proxy(real, {
    get(_, key) {
      const value: unknown = Reflect.get(key in spoiled ? spoiled : real, key);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}

function tryTo(act: () => void): void {
  try {
    act();
  } catch {
    // This learner hides what it should have said.
  }
}
