// Our trees against LightGBM on the same rows, features and encoding: CPU seconds of the fit and AUC on later months.
const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { median } = require('../shared/statistics.cjs');

const ours = path.join(__dirname, 'train-flights.cjs');
const theirs = path.join(__dirname, 'compare-lightgbm.py');
const NO_LIGHTGBM =
  'LightGBM: no Python with lightgbm, pyarrow, numpy and scikit-learn; name one by MILLRACE_BENCH_PYTHON';
/** Beyond this we would be worse than LightGBM. */
const AUC_DISTANCE = 0.005;

async function run({ progress, size }) {
  progress.step('training our learners on 200,000 rows');
  const lines = await jsonLines(process.execPath, [ours, '--rounds', size === 'small' ? '1' : '5']);
  const trees = lines.find(({ learner }) => learner === 'gradient-boosted-trees');
  progress.step('training LightGBM');
  const python = process.env.MILLRACE_BENCH_PYTHON ?? 'python3';
  const lightgbm = await jsonLines(python, [theirs]).catch((error) => {
    if (error.code === 'ENOENT' || /ModuleNotFoundError/.test(error.stderr)) return [];
    throw error;
  });
  return {
    figures: [
      {
        name: '100 trees of depth 6, 200,000 rows: CPU of features and fit',
        value: median(trees.cpuSeconds),
        unit: 's',
        target: { atMost: 4 },
      },
      { name: 'AUC on April', value: trees.auc.April, unit: '' },
      { name: 'packaged file, one row in a batch of 256', value: trees.microsecondsPerRow, unit: 'us' },
      ...comparison(trees, lightgbm),
    ],
    skipped: lightgbm.length === 0 ? [NO_LIGHTGBM] : [],
    raw: { ours: lines, lightgbm },
  };
}

function comparison(trees, variants) {
  if (variants.length === 0) return [];
  const best = variants.reduce((a, b) => (b.auc.April > a.auc.April ? b : a));
  return [
    {
      name: `AUC on April of LightGBM ${best.lightgbm}, the best of ${variants.length} settings`,
      value: best.auc.April,
      unit: '',
    },
    {
      name: 'ours below LightGBM by',
      value: Number((best.auc.April - trees.auc.April).toFixed(4)),
      unit: '',
      target: { atMost: AUC_DISTANCE },
    },
    {
      name: 'CPU of LightGBM, encoding and fit',
      value: Number((best.encodeCpuSeconds + best.fitCpuSeconds).toFixed(2)),
      unit: 's',
    },
  ];
}

/** Runs a program that prints one JSON object per line. */
async function jsonLines(program, args) {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64e6 });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

module.exports = { summary: 'training time and AUC of our trees, beside LightGBM where there is one', run };
