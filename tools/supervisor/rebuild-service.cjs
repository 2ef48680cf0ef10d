// `node tools/supervisor/rebuild-service.cjs <service> [--swap]`: starts the service's own program in its mode `rebuild`, with
// the environment and the database role that the supervisor gives to that service. The output is the program's own.
const { spawn } = require('node:child_process');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { serviceUrl } = require('../../infra/postgres/roles.cjs');
const { homeOf } = require('./home.cjs');
const { localAdminUrl } = require('./infrastructure.cjs');
const { ensureKeys } = require('./keys.cjs');
const { sharedEnvironment } = require('./service-plans.cjs');
const { SERVICES, serviceCommand } = require('./services.cjs');
const { readJson } = require('./write-atomically.cjs');

const ROOT = path.resolve(__dirname, '../..');

/**
 * What starts the rebuild, and the process of the service that runs now.
 *
 * @param {{service: string, args: string[], env: NodeJS.ProcessEnv, root?: string}} options
 * @returns {{command: string[], env: NodeJS.ProcessEnv, pid: number | null}}
 */
function rebuildPlan({ service, args, env, root = ROOT }) {
  const entry = SERVICES.find(({ name }) => name === service);
  const known = SERVICES.filter(({ database }) => database).map(({ name }) => name);
  if (!entry) throw new Error(`There is no service ${service}. With tables there are: ${known.join(', ')}.`);
  const home = homeOf(root, env);
  const platform = readJson(home.platformFile, null);
  if (!platform)
    throw new Error(`The platform does not run: there is no ${home.platformFile}. Start it with npm start.`);
  const signers = SERVICES.filter(({ signs }) => signs).map(({ name }) => name);
  const keys = ensureKeys(home.keys, signers);
  const prefix = platform.prefix ?? '';
  const adminUrl = env.DATABASE_URL || localAdminUrl({ home, port: readJson(home.portsFile, {}).postgres });
  return {
    command: [...serviceCommand(entry), 'rebuild', ...args],
    env: {
      ...sharedEnvironment({ home, env, addresses: platform, keys }),
      MILLRACE_PREFIX: prefix,
      MILLRACE_ARTIFACTS: platform.artifacts,
      ...(entry.database && { DATABASE_URL: serviceUrl({ adminUrl, service, keysDir: home.keys, prefix }) }),
    },
    pid: platform.services.find(({ name }) => name === service)?.pid ?? null,
  };
}

/**
 * Runs it to its end. For a swap the running service is asked to stop, and its supervisor starts it again. Not before the rebuild
 * waits: a service that is back before would hold its tables once more, and nobody would ask it again.
 *
 * @param {{command: string[], env: NodeJS.ProcessEnv, pid: number | null}} plan
 * @param {NodeJS.WritableStream} output
 */
function rebuild({ command, env, pid }, output = process.stdout) {
  const [, ...args] = command;
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () => child.kill('SIGTERM');
  process.on('SIGTERM', stop);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (pid !== null && line.startsWith('{"rebuild":"waiting"')) askToStop(pid);
    output.write(`${line}\n`);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => process.off('SIGTERM', stop));
}

function askToStop(pid) {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // Gone since the platform file was written: that is what is wanted.
    if (error.code !== 'ESRCH') throw error;
  }
}

async function main([service = '', ...args]) {
  try {
    const plan = rebuildPlan({ service, args, env: process.env });
    process.exitCode = await rebuild(plan);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main(process.argv.slice(2));

module.exports = { rebuild, rebuildPlan };
