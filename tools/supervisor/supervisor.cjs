// Runs the platform in this process until Ctrl-C: one supervisor per installation, orphans of a killed one ended first.
const fs = require('node:fs');
const { removePostgresData } = require('../../infra/postgres/binaries.cjs');
const { homeOf } = require('./home.cjs');
const { Platform } = require('./platform.cjs');
const { ProcessRegister, endOrphans, runningSupervisor } = require('./process-register.cjs');

/**
 * Makes this process the one supervisor of the installation: refuses when another one runs, ends what a killed one left.
 *
 * @param {object} home @param {object} terminal
 * @returns {Promise<ProcessRegister>}
 */
async function takeOver(home, terminal) {
  const other = runningSupervisor(home.processesFile);
  if (other) {
    throw new Error(
      `Millrace already runs here (process ${other.pid}). Stop it with Ctrl-C in its terminal, or type: kill ${other.pid}`,
    );
  }
  const ended = await endOrphans(home.processesFile, home.root);
  if (ended.length > 0) terminal.note(`Ended what a killed supervisor had left: ${ended.join(', ')}.`);
  const register = new ProcessRegister(home.processesFile);
  register.add('supervisor', process.pid);
  return register;
}

/** Removes everything of an installation but its caches. The databases of others, given by address, are not touched. */
function resetHome(home) {
  removePostgresData(home.postgres);
  const files = [
    home.kafka,
    home.artifacts,
    home.keys,
    home.logs,
    home.platformFile,
    home.stateFile,
    home.portsFile,
    home.demoFile,
  ];
  for (const file of files) fs.rmSync(file, { recursive: true, force: true });
}

/**
 * Starts the platform and keeps it running; resolves with the exit code when it has been stopped.
 *
 * @param {{root: string, env: NodeJS.ProcessEnv, terminal: object, libs?: string, reset?: boolean, cast?: object,
 *   onReady?: (addresses: object, home: object, stopping: AbortSignal) => Promise<void>}} options
 */
async function supervise({ root, env, terminal, libs, cast, reset = false, onReady = async () => {} }) {
  const home = homeOf(root, env);
  fs.mkdirSync(home.folder, { recursive: true });
  const register = await takeOver(home, terminal);
  if (reset) await terminal.step('removing the state of the last run', async () => resetHome(home));
  const platform = new Platform({ home, env, terminal, register, cast });
  const stopping = new AbortController();
  const asked = signalsOf(terminal, platform, stopping);
  let exitCode = 0;
  try {
    const run = platform.start({ libs }).then((addresses) => onReady(addresses, home, stopping.signal));
    await Promise.race([asked, run.then(() => asked)]);
  } catch (error) {
    if (!stopping.signal.aborted) {
      terminal.problem(error.message);
      exitCode = 1;
    }
  }
  stopping.abort();
  await platform.stop();
  fs.rmSync(home.processesFile, { force: true });
  return exitCode;
}

/** Resolves at the first signal that asks for the end; the second one kills. */
function signalsOf(terminal, platform, stopping) {
  process.on('exit', () => platform.kill());
  return new Promise((resolve) => {
    const onSignal = (signal) => {
      if (stopping.signal.aborted) {
        terminal.problem('Killed at once, as asked twice.');
        platform.kill();
        process.exit(130);
      }
      terminal.line();
      terminal.note(`${signal}: stopping everything in order (once more kills at once).`);
      stopping.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => onSignal(signal));
    process.on('uncaughtException', (error) => {
      terminal.problem(`The supervisor itself failed: ${error.stack}`);
      process.exitCode = 1;
      if (!stopping.signal.aborted) onSignal('error');
    });
  });
}

module.exports = { resetHome, supervise, takeOver };
