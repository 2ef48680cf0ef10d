// Microseconds of CPU of one test-then-train step of each online learner in memory, its quality on flights beside the floors, and
// how many examples a second the platform takes from a topic; River on the same flights where there is a Python with it.
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { median } = require('../shared/statistics.cjs');
const { besideRiver } = require('./beside-river.cjs');
const { flightsStream } = require('./flights-stream.cjs');
const { fromTopic } = require('./from-topic.cjs');

const NO_RIVER = 'River: no Python with river, so nothing is held against it; name one by MILLRACE_BENCH_PYTHON';

async function run({ progress, size }) {
  const small = size === 'small';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  try {
    const { ours, river } = await inMemory(folder, small, progress);
    const flights = await flightsStream(small ? 5_000 : 100_000);
    const topic = await fromTopic(flights, small ? 20_000 : 500_000, ['logistic-ftrl', 'hoeffding-tree'], progress);
    const figures = [...ours, ...river].flatMap(({ learner, microseconds, logLoss, auc }) => [
      ...(microseconds
        ? [
            {
              name: `${learner}: one step, 32 numbers`,
              value: median(microseconds),
              unit: 'us CPU',
              ...targetOf(learner),
            },
          ]
        : []),
      ...(logLoss ? [{ name: `${learner}: log loss on flights, test then train`, value: logLoss, unit: '' }] : []),
      ...(auc ? [{ name: `${learner}: AUC on flights, test then train`, value: auc, unit: '' }] : []),
    ]);
    const fromATopic = topic.flatMap(({ algorithm, perSecond, cpuMicros }) => [
      {
        name: `${algorithm}: from the topic, saved`,
        value: perSecond,
        unit: 'examples/s',
        target: { atLeast: 30_000 },
      },
      { name: `${algorithm}: CPU of training an example, all in all`, value: cpuMicros, unit: 'us CPU' },
    ]);
    return {
      figures: [...figures, ...besideRiver(ours, river), ...fromATopic],
      skipped: river.length === 0 ? [NO_RIVER] : [],
      raw: { ours, river, topic },
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function inMemory(folder, small, progress) {
  const flights = path.join(folder, 'flights.jsonl');
  progress.step('our learners: 32 numbers, then flights');
  const sizes = ['--examples', small ? '5000' : '50000', '--rounds', small ? '2' : '7', '--write', flights];
  const ours = await jsonLines(process.execPath, [path.join(__dirname, 'ours.cjs'), ...sizes]);
  progress.step('River on the same flights');
  const python = process.env.MILLRACE_BENCH_PYTHON ?? 'python3';
  const script = path.join(__dirname, 'compare-river.py');
  const river = await jsonLines(python, [script, small ? '2000' : '20000', flights]).catch((error) => {
    if (error.code === 'ENOENT' || /ModuleNotFoundError/.test(error.stderr)) return [];
    throw error;
  });
  return { ours, river };
}

function targetOf(learner) {
  if (learner.startsWith('logistic-')) return { target: { atMost: 1.5 } };
  return learner === 'hoeffding-tree' ? { target: { atMost: 15 } } : {};
}

/** Runs a program that prints one JSON object per line. */
async function jsonLines(program, args) {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64e6 });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

module.exports = { summary: 'one step of each online learner, examples/s from a topic, and quality beside River', run };
