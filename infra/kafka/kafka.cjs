// Runs one real Apache Kafka node from its published jars. Only Node built-ins, so that it works before `npm ci`.
const { execFile, spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { brokerSettings, toProperties } = require('./broker-settings.cjs');
const { countLiveBrokers, finalizedFeatures } = require('./broker-probe.cjs');
const { freePort } = require('../local/ports.cjs');
const { stopProcess } = require('../local/processes.cjs');
const maven = require('./maven-jars.cjs');

const POM = path.join(__dirname, 'pom.xml');
const DEFAULT_CACHE = path.join(__dirname, '..', '..', '.millrace', 'cache', 'kafka');
const JAVA = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';

/** True when the broker can start without Maven and without the network. */
const kafkaJarsPresent = (cacheDir = DEFAULT_CACHE) => maven.jarsPresent(POM, cacheDir);

/** Folder of the broker's jars, fetched first if they are not in the cache. */
const resolveJars = (onFetched, cacheDir = DEFAULT_CACHE) =>
  maven.resolveMavenJars({ pomFile: POM, cacheDir, onFetched });

/**
 * Writes server.properties and formats the data folder if it is new; safe to call before every start.
 * A folder formatted once keeps its cluster id and its records, whatever the ports of this start are.
 *
 * @param {{dataDir: string, port: number, controllerPort: number, libs: string, transactionVersion?: number,
 *   settings?: Record<string, string>, scramUsers?: string[]}} options `settings` stand in for those of broker-settings.cjs;
 *   `scramUsers` as `--add-scram` of kafka-storage.sh takes them
 * @returns {Promise<string>} path of the settings file
 */
async function formatStorage(options) {
  const { dataDir, port, controllerPort, libs, transactionVersion = 2, settings = {}, scramUsers = [] } = options;
  const logDir = path.resolve(dataDir, 'log');
  const settingsFile = path.resolve(dataDir, 'server.properties');
  fs.mkdirSync(dataDir, { recursive: true });
  fs.writeFileSync(
    settingsFile,
    toProperties({ ...brokerSettings({ dataDir: logDir, port, controllerPort }), ...settings }),
  );
  if (fs.existsSync(path.join(logDir, 'meta.properties'))) return settingsFile;
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const format = [
    'format',
    '--cluster-id',
    clusterId,
    '--config',
    settingsFile,
    '--feature',
    `transaction.version=${transactionVersion}`,
    ...scramUsers.flatMap((user) => ['--add-scram', user]),
  ];
  await new Promise((resolve, reject) => {
    execFile(
      JAVA,
      [...javaOptions('64m'), '-cp', classPath(libs), 'kafka.tools.StorageTool', ...format],
      (error, _, stderr) =>
        error ? reject(new Error(`Kafka could not format ${logDir}: ${stderr.trim() || error.message}`)) : resolve(),
    );
  });
  return settingsFile;
}

/**
 * Command line of the broker, for whoever wants to own the process (the supervisor does).
 *
 * @param {{libs: string, settingsFile: string, makeArchive?: boolean}} options `makeArchive`: where there is no archive of
 *   loaded classes yet, write one when the broker ends (2 s once); later starts read it and save a third of their time
 */
function kafkaCommand({ libs, settingsFile, makeArchive = false }) {
  const options = [...javaOptions('512m'), ...archiveOptions(libs, makeArchive)];
  return { command: JAVA, args: [...options, '-cp', classPath(libs), 'kafka.Kafka', settingsFile] };
}

// Class data sharing (JEP 350). A JVM ignores an archive that another version made, so the file needs no version of ours.
function archiveOptions(libs, makeArchive) {
  const archive = path.join(libs, '..', 'classes.jsa');
  if (fs.existsSync(archive)) return [`-XX:SharedArchiveFile=${archive}`];
  return makeArchive ? [`-XX:ArchiveClassesAtExit=${archive}`] : [];
}

function javaOptions(heap) {
  const logging = path.join(__dirname, 'log4j2.properties');
  return [
    `-Xmx${heap}`,
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${logging}`,
  ];
}

const classPath = (libs) => path.join(libs, '*');

/** True when the broker on this port of loopback is registered with its controller; rejects when nobody answers. */
const isServing = async (port) => (await countLiveBrokers('127.0.0.1', port)) > 0;

/** Resolves when the broker is registered and serves; rejects when `timeoutMs` passes or `stillAlive` turns false. */
async function waitForKafka({ port, timeoutMs = 60_000, stillAlive = () => true }) {
  const deadline = Date.now() + timeoutMs;
  let last = 'no attempt yet';
  while (Date.now() < deadline) {
    if (!stillAlive()) throw new Error('Kafka ended while starting');
    try {
      if (await isServing(port)) return;
      last = 'the broker is not registered yet';
    } catch (error) {
      last = error.message;
    }
    await sleep(100);
  }
  throw new Error(`Kafka was not ready on port ${port} after ${timeoutMs / 1000} s: ${last}`);
}

/**
 * Starts a broker as a process of its own and waits until it serves.
 *
 * @param {{dataDir: string, port?: number, controllerPort?: number, logFile: string, libs?: string,
 *   transactionVersion?: number, settings?: Record<string, string>, scramUsers?: string[], detached?: boolean}} options
 *   free ports are taken where none is given; `detached` leaves the broker running when this process ends
 * @returns {Promise<{pid: number, brokers: string, port: number, stop: () => Promise<void>}>}
 */
async function startKafka({ port, controllerPort, logFile, libs, detached = false, ...storage }) {
  const jars = libs ?? (await resolveJars());
  const chosen = port ?? (await freePort());
  const settingsFile = await formatStorage({
    ...storage,
    port: chosen,
    controllerPort: controllerPort ?? (await freePort()),
    libs: jars,
  });
  const { command, args } = kafkaCommand({ libs: jars, settingsFile });
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], detached });
  fs.closeSync(log);
  let exited = false;
  child.on('error', () => {
    exited = true;
  });
  child.on('exit', () => {
    exited = true;
  });
  if (detached) child.unref();
  try {
    await waitForKafka({ port: chosen, stillAlive: () => !exited });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${error.message}. Its log is ${logFile}.`);
  }
  return {
    pid: child.pid,
    port: chosen,
    brokers: `127.0.0.1:${chosen}`,
    stop: () => stopProcess(child.pid, 'SIGTERM', 20_000),
  };
}

module.exports = {
  finalizedFeatures,
  formatStorage,
  isServing,
  kafkaCommand,
  kafkaJarsPresent,
  resolveJars,
  startKafka,
  waitForKafka,
};
