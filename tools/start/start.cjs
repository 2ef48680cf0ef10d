// `npm start`: checks the machine, installs and builds what is missing, runs the platform, loads the example.
// Nothing outside Node's own modules is needed before the packages are installed.
const fs = require('node:fs');
const path = require('node:path');
const { kafkaJarsPresent, resolveJars } = require('../../infra/kafka/kafka.cjs');
const { homeOf } = require('../supervisor/home.cjs');
const { runToEnd } = require('../supervisor/run-to-end.cjs');
const { supervise } = require('../supervisor/supervisor.cjs');
const { createTerminal, table } = require('../supervisor/terminal.cjs');
const { readJson, writeJson } = require('../supervisor/write-atomically.cjs');
const { build } = require('./build.cjs');
const { installPackages, packagesMatchLock } = require('./install-packages.cjs');
const { openBrowser } = require('./open-browser.cjs');
const { HELP, parseOptions } = require('./options.cjs');
const { preflight, thisMachine } = require('./preflight.cjs');

const ROOT = path.resolve(__dirname, '..', '..');
const CLI = path.join(ROOT, 'apps', 'cli', 'bin', 'millrace.cjs');

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return process.stdout.write(HELP) && 0;
  const terminal = createTerminal(process.stdout);
  const startedAt = Date.now();
  terminal.line(terminal.bold('Millrace'));
  const ownBroker = !process.env.KAFKA_BROKERS;
  if (!checkMachine(terminal, ownBroker)) return 1;
  const libs = await prepare(terminal, ownBroker);
  return supervise({
    root: ROOT,
    env: process.env,
    terminal,
    libs,
    reset: options.reset,
    onReady: async (addresses, home, stopping) => {
      terminal.line();
      terminal.note(`Everything is up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
      if (options.demo) await loadDemo(terminal, options.rows, home, stopping);
      if (stopping.aborted) return;
      farewell(terminal, addresses, home, options);
    },
  });
}

function checkMachine(terminal, ownBroker) {
  const { folder } = homeOf(ROOT, process.env);
  fs.mkdirSync(folder, { recursive: true });
  const needs = { ownBroker, jarsPresent: kafkaJarsPresent(), packagesPresent: packagesMatchLock(ROOT) };
  const problems = preflight(thisMachine(folder), needs);
  for (const problem of problems) terminal.problem(problem);
  return problems.length === 0;
}

/** Packages, jars and the build; returns the folder of the jars. */
async function prepare(terminal, ownBroker) {
  const packages = packagesMatchLock(ROOT)
    ? Promise.resolve()
    : terminal.step('packages (npm ci)', () => installPackages(ROOT));
  const jars = !ownBroker
    ? Promise.resolve(undefined)
    : kafkaJarsPresent()
      ? resolveJars()
      : terminal.step("Kafka's jars (Maven)", (progress) => resolveJars((jar, count) => progress(count, 46, jar)));
  const [, libs] = await Promise.all([packages, jars]);
  await terminal.step('build', () => build(ROOT));
  return libs;
}

// Every step of the example looks first whether it was done, so a warm start soon comes to its first response, and an
// example that was cut short goes on. The rows of the first time are kept: others would be another load.
async function loadDemo(terminal, wantedRows, home, stopping) {
  const loaded = readJson(home.demoFile, undefined);
  const rows = loaded?.rows ?? wantedRows;
  terminal.note(`The example, ${rows === 'all' ? 'all 3000000' : rows} rows of US flights:`);
  terminal.line();
  try {
    const env = { ...process.env, MILLRACE_PLATFORM: home.platformFile };
    await runToEnd(['node', CLI, 'demo', '--rows', rows], { cwd: ROOT, env, inherit: true, signal: stopping });
    if (!loaded) writeJson(home.demoFile, { rows, at: new Date().toISOString() });
  } catch (error) {
    if (!stopping.aborted)
      terminal.problem(`The example was not loaded: ${error.message}. Try again with: npx millrace demo`);
  }
  terminal.line();
}

function farewell(terminal, addresses, home, options) {
  const rows = [
    ['page', pageUrl(addresses, home)],
    ['REST and OpenAPI', `${addresses.gatewayUrl}/openapi`],
    ['Kafka', addresses.brokers],
    ['schema registry', addresses.schemaRegistryUrl],
    ...addresses.health.map(([name, url]) => [name, url]),
    ['logs', home.logFile('<service>')],
    ['API key', path.join(home.keys, 'cli.key')],
  ];
  terminal.line();
  terminal.line(table(rows));
  terminal.line();
  terminal.note('Ctrl-C stops everything in order; the next start goes on from here.');
  terminal.note('Send a request of your own:');
  terminal.line();
  for (const line of invitation(addresses, options.demo)) terminal.line(`    ${line}`);
  if (options.browser && process.stdout.isTTY && !process.env.CI) openBrowser(pageUrl(addresses, home));
}

/** The viewer's key travels in the fragment, which a browser never sends to a server or writes to its log. */
function pageUrl({ gatewayUrl }, home) {
  return `${gatewayUrl}/#key=${fs.readFileSync(path.join(home.keys, 'viewer.key'), 'utf8').trim()}`;
}

function invitation({ gatewayUrl }, demo) {
  if (!demo) return ['npx millrace --help', `open ${gatewayUrl}`];
  return [
    `npx millrace predict flights-late --data '{"origin":"SFO","destination":"JFK","distance":2586,"departure":988700000000}'`,
    'npx millrace topic tail serve.flights-late.responses.v1',
  ];
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  },
);
