// `npm run bench [-- name ...]`: runs the named benchmarks, or all; prints a table and stores every figure with what it
// depends on under benchmarks/results/.
const fs = require('node:fs');
const path = require('node:path');
const { commit, load, machine } = require('./shared/machine.cjs');
const { createProgress } = require('./shared/progress.cjs');
const { figuresTable, isMet } = require('./shared/figures.cjs');

const ORDER = [
  'start-up',
  'idle',
  'records',
  'profile',
  'lane-worker',
  'replay',
  'monitoring',
  'learning',
  'online-learning',
  'transport',
  'ledger',
];
const HELP = `Measures Millrace. Each benchmark has a platform of its own: a temporary folder, free ports.

  npm run bench                          all of them, about 15 minutes on an idle machine
  npm run bench -- idle lane-worker      only these
  npm run bench -- --small lane-worker   small sizes: does it run at all? The figures mean nothing
  npm run bench -- --list                what there is

The machine must do nothing else; its load is stored beside every figure.
`;

async function main(args) {
  if (args.includes('--help')) return process.stdout.write(HELP);
  const benchmarks = Object.fromEntries(ORDER.map((name) => [name, require(`./${name}/bench.cjs`)]));
  if (args.includes('--list')) {
    for (const name of ORDER) process.stdout.write(`${name.padEnd(16)} ${benchmarks[name].summary}\n`);
    return;
  }
  const size = args.includes('--small') ? 'small' : 'full';
  const named = args.filter((arg) => !arg.startsWith('--'));
  const unknown = named.find((name) => !benchmarks[name]);
  if (unknown) throw new Error(`There is no benchmark ${unknown}. There are: ${ORDER.join(', ')}.`);
  const report = { at: new Date().toISOString(), commit: commit(), size, machine: machine(), benchmarks: {} };
  for (const name of named.length > 0 ? named : ORDER) {
    report.benchmarks[name] = await measure(name, benchmarks[name], size);
    store(report);
    process.stdout.write(`\n${figuresTable(name, report.benchmarks[name])}\n\n`);
  }
  process.stdout.write(`Stored in ${path.relative(process.cwd(), store(report))}\n`);
  const results = Object.values(report.benchmarks);
  const all = results.flatMap(({ figures }) => figures);
  const missed = all.filter((figure) => isMet(figure) === false);
  const unmeasured = all.filter(({ value }) => value === null);
  process.stdout.write(
    `${missed.length} figures miss their target, ${unmeasured.length} were not measured, ${results.filter(({ error }) => error).length} benchmarks failed\n`,
  );
  if (results.some(({ error }) => error)) process.exitCode = 1;
}

async function measure(name, benchmark, size) {
  const progress = createProgress(process.stderr, name);
  const before = load();
  const began = performance.now();
  try {
    const { figures, raw, skipped } = await benchmark.run({ progress, size });
    return { load: { before, after: load() }, seconds: secondsSince(began), figures, skipped, raw };
  } catch (error) {
    return { load: { before, after: load() }, seconds: secondsSince(began), figures: [], error: error.message };
  } finally {
    progress.end();
  }
}

const secondsSince = (began) => Math.round((performance.now() - began) / 1_000);

/** Several runs of a commit on one day keep their files apart by the time. */
function store(report) {
  const [date, time] = report.at.split(/[T.]/);
  const file = path.join(__dirname, 'results', `${date}-${report.commit}-${time.replaceAll(':', '')}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${compact(report)}\n`);
  return file;
}

/** JSON for people: indented, but a list of numbers on one line. */
function compact(report) {
  return JSON.stringify(report, null, 2).replaceAll(
    /\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]/g,
    (_, list) => `[${list.replaceAll(/\s+/g, ' ')}]`,
  );
}

const { stopAll } = require('./shared/platform.cjs');
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    process.stderr.write(`\n${signal}: stopping the platform\n`);
    void stopAll().then(() => process.exit(130));
  });

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
