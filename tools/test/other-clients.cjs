// Tools for the tests with other people's clients and with a browser. Each is got where it can be had; where it cannot,
// the tests that want it are skipped and the reason is printed.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { resolveMavenJars } = require('../../infra/kafka/maven-jars.cjs');

const REQUIREMENTS = path.join(__dirname, 'python-requirements.txt');
const JAVA_CLIENT = path.join(__dirname, '..', '..', 'infra', 'java-client', 'pom.xml');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const MINUTE_MS = 60_000;

/**
 * @typedef {{variable: string, value?: string, reason?: string}} Tool the environment variable that tests read, and
 *   either its value or the reason of its absence
 *
 * @param {string} cache folder that survives from run to run
 * @returns {Promise<Tool[]>}
 */
async function otherClients(cache) {
  return [python(path.join(cache, 'python')), await javaClient(path.join(cache, 'java-client')), chromium()];
}

function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 5 * MINUTE_MS, ...options });
  const text = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim();
  return { ok: done.status === 0, text, last: text.split('\n').at(-1) || done.error?.message || 'no output' };
}

/** MILLRACE_TEST_PYTHON: an interpreter that has confluent-kafka with its Avro serializers, and River. */
function python(cache) {
  const variable = 'MILLRACE_TEST_PYTHON';
  const wanted = fs.readFileSync(REQUIREMENTS);
  const folder = path.join(cache, createHash('sha256').update(wanted).digest('hex').slice(0, 16));
  const interpreter = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (fs.existsSync(path.join(folder, 'complete'))) return { variable, value: interpreter };
  const system = ['python3', 'python'].find((name) => run(name, ['--version']).ok);
  if (!system) return { variable, reason: 'there is no Python here' };
  fs.rmSync(folder, { recursive: true, force: true });
  const made = run(system, ['-m', 'venv', folder]);
  if (!made.ok) return { variable, reason: `Python could not make a virtual environment: ${made.last}` };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  const installed = run(interpreter, pip);
  if (!installed.ok) return { variable, reason: `pip could not install confluent-kafka and river: ${installed.last}` };
  fs.writeFileSync(path.join(folder, 'complete'), '');
  return { variable, value: interpreter };
}

/** MILLRACE_TEST_JAVA_CLASSPATH: Kafka's Java client and Avro; needs a JDK to compile against them. */
async function javaClient(cache) {
  const variable = 'MILLRACE_TEST_JAVA_CLASSPATH';
  if (!run('javac', ['-version']).ok) return { variable, reason: 'there is no JDK (javac) here' };
  try {
    return { variable, value: path.join(await resolveMavenJars({ pomFile: JAVA_CLIENT, cacheDir: cache }), '*') };
  } catch (error) {
    return { variable, reason: error.message.split('\n')[0] };
  }
}

/** MILLRACE_TEST_CHROMIUM: a browser for playwright-core; on a Debian machine where we are root it is installed. */
function chromium() {
  const variable = 'MILLRACE_TEST_CHROMIUM';
  const find = () => BROWSERS.map((name) => run('which', [name])).find((found) => found.ok)?.text;
  const there = find();
  if (there) return { variable, value: there };
  if (process.getuid?.() !== 0 || !run('which', ['apt-get']).ok) {
    return { variable, reason: 'there is no Chromium here, and only root may install one with apt-get' };
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  const installed = run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], { env });
  const value = find();
  return value ? { variable, value } : { variable, reason: `apt-get could not install chromium: ${installed.last}` };
}

module.exports = { otherClients };
