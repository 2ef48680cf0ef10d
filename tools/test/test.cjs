// `npm test`: installs and builds what is missing, runs the checks and all tests on a real broker and a real database.
//   npm test -- unit|int|e2e|checks [pattern ...]   only that part, only the files whose path matches
const path = require('node:path');
const { kafkaJarsPresent, resolveJars } = require('../../infra/kafka/kafka.cjs');
const { build } = require('../start/build.cjs');
const { installPackages, packagesMatchLock } = require('../start/install-packages.cjs');
const { preflight, thisMachine } = require('../start/preflight.cjs');
const { runToEnd } = require('../supervisor/run-to-end.cjs');
const { createTerminal } = require('../supervisor/terminal.cjs');
const { checks } = require('./checks.cjs');
const { otherClients } = require('./other-clients.cjs');
const { runJest } = require('./run-jest.cjs');
const { NOTHING, add, closingLine } = require('./tally.cjs');

const ROOT = path.resolve(__dirname, '..', '..');
const MINUTE_MS = 60_000;
const PROJECTS = {
  unit: { workers: 2, limitMs: 15 * MINUTE_MS },
  int: { workers: 2, limitMs: 30 * MINUTE_MS },
  // The whole platform runs beside it, so one file at a time.
  e2e: { workers: 1, limitMs: 30 * MINUTE_MS },
};
const PARTS = ['checks', ...Object.keys(PROJECTS)];

async function main() {
  const [part, ...patterns] = process.argv.slice(2);
  if (part !== undefined && !PARTS.includes(part)) {
    console.error(`There is no part "${part}". Type: npm test -- ${PARTS.join('|')} [pattern ...]`);
    return 1;
  }
  const parts = part ? [part] : PARTS;
  const terminal = createTerminal(process.stdout);
  const tools = await prepare(terminal, parts);
  let total = NOTHING;
  if (parts.includes('checks')) total = add(total, await runChecks(terminal));
  for (const [project, how] of Object.entries(PROJECTS)) {
    if (!parts.includes(project)) continue;
    terminal.line(terminal.bold(`\n${project} tests`));
    total = add(total, await runJest({ root: ROOT, project, patterns, env: { ...process.env, ...tools }, ...how }));
  }
  if (total.passed + total.failed === 0) {
    terminal.problem('No test ran at all.');
    total = add(total, { passed: 0, failed: 1, skipped: 0 });
  }
  terminal.line();
  terminal.line(closingLine(total));
  return total.failed === 0 ? 0 : 1;
}

/** Packages, jars, build and the other clients; returns the environment that tells tests where the latter are. */
async function prepare(terminal, parts) {
  const servers = parts.includes('int') || parts.includes('e2e');
  const needs = { ownBroker: servers, jarsPresent: kafkaJarsPresent(), packagesPresent: packagesMatchLock(ROOT) };
  const problems = preflight(thisMachine(ROOT), needs);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (!needs.packagesPresent) await terminal.step('packages (npm ci)', () => installPackages(ROOT));
  if (servers && !needs.jarsPresent) await terminal.step("Kafka's jars (Maven)", () => resolveJars());
  await terminal.step('build', () => build(ROOT));
  if (!parts.includes('e2e')) return {};
  const tools = await terminal.step('clients of other people', () =>
    otherClients(path.join(ROOT, '.millrace', 'cache')),
  );
  for (const { variable, reason } of tools) if (reason) terminal.note(`${variable} is not set: ${reason}.`);
  return Object.fromEntries(tools.filter((tool) => tool.value).map(({ variable, value }) => [variable, value]));
}

async function runChecks(terminal) {
  let tally = NOTHING;
  for (const { title, command, advice } of checks(ROOT)) {
    const lines = [];
    try {
      const onLine = (line) => lines.push(line);
      await terminal.step(title, () => runToEnd(command, { cwd: ROOT, env: process.env, onLine }));
      tally = add(tally, { passed: 1, failed: 0, skipped: 0 });
    } catch {
      for (const line of lines.slice(-60)) terminal.line(`    ${line}`);
      terminal.problem(`${title}: ${advice}`);
      tally = add(tally, { passed: 0, failed: 1, skipped: 0 });
    }
  }
  return tally;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error.message);
    console.log('\n0 passed, 1 failed');
    process.exitCode = 1;
  },
);
