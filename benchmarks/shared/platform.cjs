// A platform of a benchmark's own: state in a temporary folder, free ports, started by the same script as `npm start`.
const { execFile, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { freePort } = require('../../infra/local/ports.cjs');
const { removePostgresData } = require('../../infra/postgres/binaries.cjs');
const { MILLRACE } = require('../../tools/supervisor/services.cjs');
const { ROOT } = require('./machine.cjs');

const START = path.join(ROOT, 'tools', 'start', 'start.cjs');
const CLI = path.join(ROOT, 'apps', 'cli', 'bin', 'millrace.cjs');
const UP = /Everything is up after/;
const PORTS = ['KAFKA', 'POSTGRES', 'SCHEMA_REGISTRY', 'GATEWAY'];
const START_LIMIT_MS = 300_000;
const running = new Set();

/** A state folder and four ports; starts and stops of it share the state. `remove` leaves nothing behind. */
class Installation {
  /** @param {{tell?: (line: string) => void}} options `tell` hears every line that the platform prints */
  static async create({ tell = () => {} } = {}) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
    // PostgreSQL runs under an account of its own when we are root, and must get into the folder.
    fs.chmodSync(folder, 0o755);
    const env = { ...process.env, MILLRACE_HOME: folder, MILLRACE_PLATFORM: path.join(folder, 'platform.json') };
    for (const name of PORTS) env[`MILLRACE_${name}_PORT`] = String(await freePort());
    fs.writeFileSync(path.join(folder, 'ports.json'), JSON.stringify(await innerPorts()));
    return new Installation(folder, env, tell);
  }

  constructor(folder, env, tell) {
    this.folder = folder;
    this.env = env;
    this.tell = tell;
  }

  /**
   * @param {string[]} args of `npm start`
   * @returns {Promise<RunningPlatform>} as soon as the process runs
   */
  async start(args) {
    return new RunningPlatform(this, args);
  }

  /** Runs a command of `millrace`; rejects with what it printed. @returns {Promise<string>} standard output */
  async cli(args, { env = {} } = {}) {
    const options = { cwd: ROOT, env: { ...this.env, ...env }, maxBuffer: 64e6 };
    try {
      return (await promisify(execFile)(process.execPath, [CLI, ...args], options)).stdout;
    } catch (error) {
      throw new Error(
        `millrace ${args.slice(0, 3).join(' ')} failed: ${(error.stderr || error.message).slice(-2_000)}`,
      );
    }
  }

  remove() {
    removePostgresData(path.join(this.folder, 'postgres'));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Ports that have no setting, as the platform remembers them from an earlier start: free ones, because the usual ones may be
 * taken by another platform of this machine between the choice and the start of the service.
 */
async function innerPorts() {
  const names = [
    'kafkaController',
    ...[...MILLRACE.services, MILLRACE.schemaRegistry].map(({ name }) => `health.${name}`),
  ];
  const ports = {};
  for (const name of names) ports[name] = await freePort();
  return ports;
}

class RunningPlatform {
  #child;
  #lines = [];
  #waiting = [];
  #ended;
  startedAt = performance.now();

  constructor(installation, args) {
    this.installation = installation;
    this.#child = spawn(process.execPath, [START, '--no-browser', ...args], {
      cwd: ROOT,
      env: installation.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#listen(stream);
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    void this.#ended.then((code) => {
      running.delete(this);
      const error = new Error(`The platform ended (exit ${code}):\n${this.#lines.slice(-15).join('\n')}`);
      for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Addresses as the platform publishes them. */
  get addresses() {
    return JSON.parse(fs.readFileSync(this.installation.env.MILLRACE_PLATFORM, 'utf8'));
  }

  /** @returns {Promise<number>} milliseconds from the start of the process until all services were ready */
  whenUp() {
    return this.whenLine(UP).then(({ afterMs }) => afterMs);
  }

  /** Waits for a printed line. @returns {Promise<{line: string, match: RegExpExecArray, afterMs: number}>} */
  whenLine(pattern, limitMs = START_LIMIT_MS) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No line ${pattern} within ${limitMs / 1000} s`)), limitMs);
      const settle = (act) => (value) => {
        clearTimeout(timer);
        act(value);
      };
      this.#waiting.push({ pattern, resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** Ctrl-C, and the wait until everything has ended. */
  async stop() {
    this.#child.kill('SIGINT');
    await this.#ended;
  }

  #listen(stream) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop();
      for (const line of lines) this.#line(line);
    });
  }

  #line(line) {
    if (line.trim() === '') return;
    const afterMs = performance.now() - this.startedAt;
    this.#lines.push(line);
    this.installation.tell(line);
    for (const waiter of [...this.#waiting]) {
      const match = waiter.pattern.exec(line);
      if (!match) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.resolve({ line, match, afterMs });
    }
  }
}

/** Starts a platform, lets `work` use it, and removes it whatever happens. */
async function withPlatform({ args = ['--no-demo'], tell } = {}, work) {
  const installation = await Installation.create({ tell });
  try {
    const platform = await installation.start(args);
    try {
      await platform.whenUp();
      return await work(platform, installation);
    } finally {
      await platform.stop();
    }
  } finally {
    installation.remove();
  }
}

/** Ends what still runs; for an interrupted benchmark. */
const stopAll = () => Promise.all([...running].map((platform) => platform.stop()));

module.exports = { Installation, stopAll, withPlatform };
