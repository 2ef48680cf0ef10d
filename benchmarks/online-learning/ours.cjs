// Prints one JSON object per learner. `node benchmarks/online-learning/ours.cjs [--examples n] [--rounds n] [--write flights.jsonl]`
// after a build; `--write` keeps the flights for compare-river.py.
const fs = require('node:fs');
const { parseArgs } = require('node:util');
const { ONLINE_LEARNERS, Random, TestThenTrain, readParameters } = require('@millrace/learning');
const { auc } = require('@millrace/evaluation');
const { flightsStream } = require('./flights-stream.cjs');

const NUMBERS = 32;

/** The stream of compare-river.py: x uniform in [-1, 1), log odds = sum of ((i mod 5) - 2) x_i. */
function numbersStream(learner, examples) {
  const random = new Random(1);
  return Array.from({ length: examples }, () => {
    const row = learner.layout.row();
    let logOdds = 0;
    for (let i = 0; i < NUMBERS; i++) {
      row.numbers[i] = random.uniform() * 2 - 1;
      logOdds += ((i % 5) - 2) * row.numbers[i];
    }
    return { row, label: random.uniform() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0 };
  });
}

/**
 * CPU of this process a step, which other processes disturb less than time does. Each round is a whole stream with a new
 * learner, the first, before the engine has compiled, included.
 */
function microsecondsOf(kind, parameters, examples, rounds) {
  const inputs = Array.from({ length: NUMBERS }, (_, i) => ({ name: `x${i}`, kind: 'NUMBER' }));
  const stream = numbersStream(kind.create(inputs, parameters), examples);
  return Array.from({ length: rounds }, () => {
    const learner = kind.create(inputs, parameters);
    const began = process.cpuUsage();
    for (const { row, label } of stream) {
      learner.predict(row);
      learner.learn(row, label);
    }
    const { user, system } = process.cpuUsage(began);
    return Number(((user + system) / examples).toFixed(3));
  });
}

function onFlights(learner, examples) {
  const features = [
    { name: 'origin', kind: 'CATEGORY' },
    { name: 'destination', kind: 'CATEGORY' },
    { name: 'distance', kind: 'NUMBER' },
    { name: 'departure', kind: 'TIME' },
  ];
  const run = TestThenTrain.start({ learner, features, parameters: {}, guard: {}, window: 1_000, detector: 'adwin' });
  const began = process.cpuUsage();
  const scores = Float64Array.from(examples, (example) => run.take(example).probability);
  const { user, system } = process.cpuUsage(began);
  const microseconds = (user + system) / examples.length;
  const { wholeLogLoss } = run.report();
  const digits = (value, n = 4) => Number(value.toFixed(n));
  return {
    logLoss: digits(wholeLogLoss.learner),
    floors: { runningMean: digits(wholeLogLoss.runningMean), lastLabels: digits(wholeLogLoss.lastLabels) },
    auc: digits(
      auc(
        Uint8Array.from(examples, ({ label }) => label),
        scores,
      ),
    ),
    microsecondsWithGuardAndEvaluation: digits(microseconds, 2),
    counts: run.counts(),
    stateBytes: run.state().length,
  };
}

async function main() {
  const options = {
    examples: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '7' },
    write: { type: 'string' },
  };
  const { values } = parseArgs({ options });
  const examples = await flightsStream(4 * Number(values.examples));
  if (values.write)
    fs.writeFileSync(
      values.write,
      examples.map(({ features, label }) => `${JSON.stringify({ ...features, label })}\n`).join(''),
    );
  for (const [name, kind] of ONLINE_LEARNERS) {
    const parameters = readParameters(name, kind.parameters, {});
    const microseconds = microsecondsOf(kind, parameters, Number(values.examples), Number(values.rounds));
    process.stdout.write(`${JSON.stringify({ learner: name, microseconds, ...onFlights(name, examples) })}\n`);
  }
}

void main();
