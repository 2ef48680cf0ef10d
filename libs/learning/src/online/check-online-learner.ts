import { Random } from '../random';
import { log } from './elementary';
import type { OnlineLearner, OnlineLearnerKind } from './online-learner';
import type { Row } from './rows/row-layout';
import { HOSTILE_VALUES, SAMPLE_INPUTS, type SampleExample, sampleStream } from './sample-stream';

const EXAMPLES = 6_000;

/** The conformance battery of online learners: throws with the rule that a learner breaks. */
export function checkOnlineLearner(kind: OnlineLearnerKind, parameters: Readonly<Record<string, number>>): void {
  const begin = () => kind.create(SAMPLE_INPUTS, parameters);
  const stream = sampleStream(EXAMPLES, 3);
  const whole = begin();
  const loss = testThenTrain(whole, stream);
  const hash = whole.hash();
  const again = begin();
  testThenTrain(again, stream);
  demand(again.hash() === hash, 'the same examples give the same hash');
  demand(whole.examples === EXAMPLES, 'it counts its examples');
  demand(
    loss < 0.9 * runningMeanLoss(stream),
    `it beats the running mean (${loss} against ${runningMeanLoss(stream)})`,
  );
  goesOnFromAnyPlace(begin, stream, hash);
  predictChangesNothing(whole, stream);
  refusesDamage(whole, begin());
  demand(kindsOfState(begin, stream), 'another order of examples gives another hash');
  survivesHostileValues(begin, stream);
}

function goesOnFromAnyPlace(begin: () => OnlineLearner, stream: readonly SampleExample[], hash: string): void {
  const random = new Random(11);
  for (let n = 0; n < 5; n++) {
    const stop = random.below(stream.length);
    const first = begin();
    testThenTrain(first, stream.slice(0, stop));
    const second = begin();
    // What is restored over must not shine through.
    testThenTrain(second, sampleStream(50, 99));
    second.restore(first.state());
    demand(second.hash() === first.hash(), `restored at ${stop} it has the hash of the state`);
    testThenTrain(second, stream.slice(stop));
    demand(second.hash() === hash, `restored at ${stop} it ends with the hash of the undisturbed run`);
  }
}

function predictChangesNothing(learner: OnlineLearner, stream: readonly SampleExample[]): void {
  const before = learner.hash();
  const row = learner.layout.row();
  for (const example of stream.slice(0, 100)) learner.predict(learner.layout.read(example.features, row));
  for (const value of HOSTILE_VALUES) {
    const probability = learner.predict(hostileRow(learner, value, row));
    demand(probability > 0 && probability < 1, `it gives a probability for ${String(value).slice(0, 20)}`);
  }
  demand(learner.hash() === before, 'predict changes nothing');
}

function refusesDamage(learner: OnlineLearner, other: OnlineLearner): void {
  const state = learner.state();
  demand(state.length <= learner.stateBytesAtMost + 200, 'its state keeps within its bound');
  const untouched = other.hash();
  const random = new Random(17);
  const damages = Array.from({ length: 200 }, () => {
    const damaged = Buffer.from(state);
    damaged[random.below(damaged.length)] ^= 1 << random.below(8);
    return damaged;
  });
  const cuts = [0, 1, 40, state.length >> 1, state.length - 1].map((length) => state.subarray(0, length));
  const longer = [Buffer.concat([state, Buffer.of(0)]), Buffer.alloc(learner.stateBytesAtMost + 1_000)];
  for (const bytes of [...damages, ...cuts, ...longer]) {
    demand(refusal(() => other.restore(bytes)) === 'LEARNING_STATE_DAMAGED', 'it refuses damaged bytes');
  }
  demand(other.hash() === untouched, 'a refused state leaves it as it was');
}

/** Hostile values among honest examples, from the first on; honest ones after them are predicted about as well. */
function survivesHostileValues(begin: () => OnlineLearner, stream: readonly SampleExample[]): void {
  const [honest, attacked] = [begin(), begin()];
  const row = attacked.layout.row();
  const half = stream.length / 2;
  for (let n = 0; n < half; n += 10) {
    const value = HOSTILE_VALUES[(n / 10) % HOSTILE_VALUES.length];
    attacked.learn(hostileRow(attacked, value, row), (n / 10) % 2);
    for (const learner of [honest, attacked]) testThenTrain(learner, stream.slice(n, n + 10));
  }
  const [without, withThem] = [honest, attacked].map((learner) => testThenTrain(learner, stream.slice(half)));
  demand(Number.isFinite(withThem), 'hostile values leave the weights finite');
  demand(withThem < without + 0.05, `it recovers from hostile values (log loss ${withThem} against ${without})`);
  demand(attacked.state().length <= attacked.stateBytesAtMost + 200, 'hostile values do not burst its bound');
  for (const label of [Number.NaN, 2, -1, 0.5])
    demand(
      refusal(() => attacked.learn(row, label)) === 'LEARNING_LABEL_INVALID',
      'it refuses labels other than 0 and 1',
    );
}

function kindsOfState(begin: () => OnlineLearner, stream: readonly SampleExample[]): boolean {
  const [forth, back] = [begin(), begin()];
  testThenTrain(forth, stream.slice(0, 100));
  testThenTrain(back, stream.slice(0, 100).reverse());
  return forth.hash() !== back.hash();
}

function hostileRow({ layout }: OnlineLearner, value: unknown, into: Row): Row {
  return layout.read(Object.fromEntries(layout.inputs.map(({ name }) => [name, value])), into);
}

/** Mean log loss, each example tested before it is learned. */
function testThenTrain(learner: OnlineLearner, stream: readonly SampleExample[]): number {
  const row = learner.layout.row();
  let sum = 0;
  for (const { features, label } of stream) {
    const probability = learner.predict(learner.layout.read(features, row));
    sum -= log(label === 1 ? probability : 1 - probability);
    learner.learn(row, label);
  }
  return sum / stream.length;
}

function runningMeanLoss(stream: readonly SampleExample[]): number {
  let ones = 0;
  let sum = 0;
  stream.forEach(({ label }, n) => {
    const mean = (ones + 1) / (n + 2);
    sum -= log(label === 1 ? mean : 1 - mean);
    ones += label;
  });
  return sum / stream.length;
}

function refusal(act: () => void): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function demand(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`An online learner breaks the rule: ${rule}.`);
}
