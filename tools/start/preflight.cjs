// What must be there before anything starts: one sentence a problem, each with what to type.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const NEEDED_NODE = [20, 19];
const NEEDED_JAVA = 17;
const NEEDED_BYTES = 3e9;

/**
 * @typedef {object} Machine what the checks ask for, so that tests can answer
 * @property {string} node version, such as "20.20.2"
 * @property {NodeJS.Platform} platform
 * @property {() => string | undefined} java what `java -version` prints, or undefined when there is none
 * @property {() => boolean} maven
 * @property {() => boolean} npm
 * @property {() => number} freeBytes
 */

/**
 * @param {Machine} machine
 * @param {{ownBroker: boolean, jarsPresent: boolean, packagesPresent?: boolean}} needs what is here already is not asked for
 * @returns {string[]} sentences; none when all is well
 */
function preflight(machine, { ownBroker, jarsPresent, packagesPresent = false }) {
  return [
    nodeProblem(machine),
    packagesPresent || machine.npm() ? undefined : `npm is missing; it comes with Node.js: ${install(machine, 'node')}`,
    ownBroker ? javaProblem(machine) : undefined,
    ownBroker && !jarsPresent && !machine.maven()
      ? `Maven is missing, and the jars of Kafka are not here yet; type: ${install(machine, 'maven')}`
      : undefined,
    diskProblem(machine),
  ].filter((problem) => problem !== undefined);
}

function nodeProblem({ node, platform }) {
  const [major, minor] = node.split('.').map(Number);
  const enough = major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
  return enough
    ? undefined
    : `Node.js ${node} is too old, 20.19 or newer is needed (24 is best); type: ${install({ platform }, 'node')}`;
}

function javaProblem(machine) {
  const advice = `type: ${install(machine, 'java')} (or set KAFKA_BROKERS to a broker of your own)`;
  const text = machine.java();
  if (text === undefined) return `Java is missing, and Kafka runs on Java ${NEEDED_JAVA} or newer; ${advice}`;
  const major = javaMajor(text);
  if (major === undefined || major >= NEEDED_JAVA) return undefined;
  return `Java ${major} is too old, Kafka needs ${NEEDED_JAVA} or newer; ${advice}`;
}

/** Major version from `java -version`: "17.0.15" is 17 and "1.8.0_392" is 8; undefined when the text says nothing. */
function javaMajor(text) {
  const found = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (!found) return undefined;
  return Number(found[1] === '1' ? found[2] : found[1]);
}

function diskProblem(machine) {
  const free = machine.freeBytes();
  if (free >= NEEDED_BYTES) return undefined;
  return `Only ${(free / 1e9).toFixed(1)} GB of disk are free here, 3 GB are needed; make room, or set MILLRACE_HOME to a folder on another disk`;
}

const PACKAGES = {
  linux: {
    node: 'apt-get install nodejs (or see nodejs.org)',
    java: 'apt-get install openjdk-17-jre-headless',
    maven: 'apt-get install maven',
  },
  darwin: { node: 'brew install node', java: 'brew install openjdk', maven: 'brew install maven' },
  win32: {
    node: 'winget install OpenJS.NodeJS',
    java: 'winget install EclipseAdoptium.Temurin.21.JRE',
    maven: 'winget install Apache.Maven',
  },
};
const install = ({ platform }, what) => (PACKAGES[platform] ?? PACKAGES.linux)[what];

/** The machine that this process runs on. */
function thisMachine(folder, env = process.env) {
  const windows = process.platform === 'win32';
  const runs = (program, args) => {
    const done = spawnSync(program, args, { encoding: 'utf8', shell: windows });
    return done.status === 0 ? `${done.stdout}${done.stderr}` : undefined;
  };
  return {
    node: process.versions.node,
    platform: process.platform,
    java: () => runs(env.JAVA_HOME ? path.join(env.JAVA_HOME, 'bin', 'java') : 'java', ['-version']),
    maven: () => runs('mvn', ['-v']) !== undefined,
    npm: () => runs('npm', ['-v']) !== undefined,
    freeBytes: () => {
      const { bavail, bsize } = fs.statfsSync(folder);
      return bavail * bsize;
    },
  };
}

module.exports = { javaMajor, preflight, thisMachine };
