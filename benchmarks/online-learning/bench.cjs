// Microseconds of one test-then-train step of each online learner in memory, and its quality on flights beside the floors;
// River on the same examples where there is a Python with it.
const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { median } = require('../shared/statistics.cjs');

const NO_RIVER = 'River: no Python with river; name one by MILLRACE_BENCH_PYTHON';

async function run({ progress, size }) {
  const small = size === 'small';
  progress.step('our learners: 32 numbers, then flights');
  const ours = await jsonLines(process.execPath, [
    path.join(__dirname, 'ours.cjs'),
    '--examples',
    small ? '5000' : '50000',
    '--rounds',
    small ? '2' : '7',
  ]);
  progress.step('River on the same examples');
  const python = process.env.MILLRACE_BENCH_PYTHON ?? 'python3';
  const river = await jsonLines(python, [path.join(__dirname, 'compare-river.py'), small ? '2000' : '20000']).catch(
    (error) => {
      if (error.code === 'ENOENT' || /ModuleNotFoundError/.test(error.stderr)) return [];
      throw error;
    },
  );
  const figures = [...ours, ...river].flatMap(({ learner, microseconds, logLoss, auc }) => [
    ...(microseconds
      ? [{ name: `${learner}: one step, 32 numbers`, value: median(microseconds), unit: 'us', ...targetOf(learner) }]
      : []),
    ...(logLoss ? [{ name: `${learner}: log loss on flights, test then train`, value: logLoss, unit: '' }] : []),
    ...(auc ? [{ name: `${learner}: AUC on flights, test then train`, value: auc, unit: '' }] : []),
  ]);
  return { figures, skipped: river.length === 0 ? [NO_RIVER] : [], raw: { ours, river } };
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

module.exports = { summary: 'one step of each online learner, and its quality, beside River where there is one', run };
