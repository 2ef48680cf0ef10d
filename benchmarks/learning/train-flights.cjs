// How fast and how good libs/learning is on flights, and what the packaged file costs at serving time.
//
//   npx tsc -b libs/onnx && node benchmarks/learning/train-flights.cjs [--rounds 3]
//
// Trains on 200,000 rows spread over January to March and scores April, May and June. compare-lightgbm.py does the same with
// LightGBM on the same rows and features. One JSON object per line; CPU seconds are those of this process.
const os = require('node:os');
const { auc } = require('@millrace/evaluation');
const learning = require('@millrace/learning');
const { checkParity, columnsOfTable, ModelSession, packageModel, runtimeName } = require('@millrace/onnx');
const { flightsTable } = require('./flights-table.cjs');

const ROWS = 200_000;
const MONTHS = {
  April: ['2001-04-01', '2001-05-01'],
  May: ['2001-05-01', '2001-06-01'],
  June: ['2001-06-01', '2001-07-01'],
};
const INPUTS = [
  { name: 'origin', kind: 'CATEGORY' },
  { name: 'destination', kind: 'CATEGORY' },
  { name: 'distance', kind: 'NUMBER' },
  { name: 'departure', kind: 'TIME' },
];
const BATCH = 256;

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const round = (value, digits) => Number(value.toFixed(digits));

function cpuSeconds(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

function train(learner, given, table) {
  const parameters = learning.readParameters(learner.name, learner.parameters, given);
  const began = process.cpuUsage();
  const { steps, training: matrix } = learning.fitFeatures(
    learner.features(INPUTS, parameters),
    table,
    table.labels,
    1,
  );
  const features = cpuSeconds(began);
  const training = learner.start({ task: 'BINARY_CLASSIFICATION', matrix, labels: table.labels, seed: 1 }, parameters);
  while (!training.done) training.step();
  const total = cpuSeconds(began);
  return { steps, model: training.model(), features, total };
}

async function measureServing(trained, table) {
  const bytes = packageModel(trained, {});
  const parity = await checkParity(bytes, trained, table);
  const session = await ModelSession.load(bytes);
  const columns = columnsOfTable(trained.inputs, table, 0, BATCH);
  for (let i = 0; i < 200; i++) await session.run(BATCH, columns);
  const began = process.hrtime.bigint();
  const runs = 400;
  for (let i = 0; i < runs; i++) await session.run(BATCH, columns);
  const microseconds = Number(process.hrtime.bigint() - began) / 1e3 / runs / BATCH;
  return { bytes: bytes.length, microsecondsPerRow: round(microseconds, 2), parity };
}

async function main() {
  const at = process.argv.indexOf('--rounds');
  const rounds = at > 0 ? Number(process.argv[at + 1]) : 3;
  print({
    node: process.version,
    runtime: runtimeName(),
    cpu: os.cpus()[0].model,
    load: os.loadavg().map((l) => round(l, 2)),
  });
  const table = await flightsTable({ from: '2001-01-01', to: '2001-04-01', rows: ROWS });
  const months = {};
  for (const [name, [from, to]] of Object.entries(MONTHS)) months[name] = await flightsTable({ from, to });
  const cases = [
    [learning.gradientBoostedTrees, { trees: 100, depth: 6 }],
    [learning.logisticRegression, {}],
  ];
  for (const [learner, given] of cases) {
    const results = Array.from({ length: rounds }, () => train(learner, given, table));
    const [{ steps, model }] = results;
    const inputs = INPUTS.map((input) => ({ ...input, optional: false, min: null, max: null, categories: null }));
    const trained = { task: 'BINARY_CLASSIFICATION', inputs, steps, model };
    const byMonth = Object.entries(months).map(([name, month]) => [
      name,
      auc(month.labels, learning.predictTable(trained, month)),
    ]);
    print({
      learner: learner.name,
      ...given,
      rows: table.rows,
      cpuSeconds: results.map(({ total }) => round(total, 2)),
      ofWhichFeatures: results.map(({ features }) => round(features, 2)),
      auc: Object.fromEntries(byMonth.map(([name, value]) => [name, round(value, 4)])),
      ...(await measureServing(trained, months.April)),
    });
  }
}

void main();
