// Keeps one process alive: starts it, watches its health, starts it again with growing delays, stops it with its group.
const { spawn } = require('node:child_process');
const { STEADY_MS, isCrashLoop, restartDelay } = require('./back-off.cjs');
const { isStalled } = require('./health-probe.cjs');
const { lineSplitter } = require('./log-lines.cjs');
const { signalGroup, stopGroup } = require('./process-groups.cjs');

const STATES = ['STARTING', 'READY', 'NOT_READY', 'BACKING_OFF', 'CRASH_LOOP', 'STOPPING', 'STOPPED'];
const TIMES = { startPollMs: 150, pollMs: 5_000, silentMs: 30_000, slowStartMs: 90_000, graceMs: 25_000 };

/**
 * @typedef {object} ProcessPlan
 * @property {string} name
 * @property {() => Promise<{command: string, args: string[], env?: NodeJS.ProcessEnv, cwd?: string, uid?: number, gid?: number}>} prepare
 *   called before every start, so that it can also clear what the last one left
 * @property {(pid: number) => Promise<{ready: boolean, reasons: string[]}>} probe rejects when nobody answers, or another process
 * @property {boolean} [ipc] a Node child: it ends by itself on 'disconnect', when the supervisor vanishes
 * @property {NodeJS.Signals} [stopSignal]
 *
 * @typedef {object} Surroundings
 * @property {{add(name: string, pid: number, how: object): void, remove(name: string): void}} register
 * @property {(name: string, line: string, isError: boolean) => void} onLine
 * @property {(name: string, state: string, details: object) => void} onState
 * @property {() => number} now
 * @property {() => number} random
 */
class SupervisedProcess {
  state = 'STOPPED';
  pid = undefined;
  restarts = 0;
  #plan;
  #around;
  #times;
  #child;
  #exit;
  #deaths = [];
  #deathsInARow = 0;
  #readySince;
  #timer;
  #stopping = false;
  #waiting = [];
  #reason;

  /** @param {ProcessPlan} plan @param {Surroundings} around @param {Partial<typeof TIMES>} times milliseconds */
  constructor(plan, around, times = {}) {
    this.#plan = plan;
    this.#around = around;
    this.#times = { ...TIMES, ...times };
  }

  get name() {
    return this.#plan.name;
  }

  /** Starts the process; returns at once. */
  start() {
    if (this.state !== 'STOPPED') return;
    this.#stopping = false;
    void this.#launch();
  }

  /** Resolves when the process is ready for the first time from now on; rejects when it is stopped before. */
  whenReady() {
    if (this.state === 'READY') return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends the process and its group: asked first, killed after the grace period. */
  async stop() {
    this.#stopping = true;
    clearTimeout(this.#timer);
    if (this.state !== 'STOPPED') this.#enter('STOPPING');
    for (const waiter of this.#waiting.splice(0))
      waiter.reject(new Error(`${this.name} was stopped before it was ready`));
    const child = this.#child;
    if (child?.pid !== undefined) {
      await stopGroup(child.pid, this.#plan.stopSignal ?? 'SIGTERM', this.#times.graceMs);
      await this.#exit;
    }
    if (this.state !== 'STOPPED') this.#enter('STOPPED');
  }

  /** Kills the group without asking. */
  kill() {
    if (this.#child?.pid !== undefined) signalGroup(this.#child.pid, 'SIGKILL');
  }

  async #launch() {
    this.#enter('STARTING');
    try {
      const { command, args, ...options } = await this.#plan.prepare();
      if (this.#stopping) return;
      // A group of its own (detached) keeps Ctrl-C at the terminal from the children: see process-groups.cjs.
      const child = spawn(command, args, {
        ...options,
        detached: process.platform !== 'win32',
        windowsHide: true,
        stdio: ['ignore', 'pipe', 'pipe', ...(this.#plan.ipc ? ['ipc'] : [])],
      });
      this.#adopt(child);
    } catch (error) {
      this.#around.onLine(this.name, `could not be started: ${error.message}`, true);
      this.#died(`could not be started: ${error.message}`);
    }
  }

  #adopt(child) {
    this.#child = child;
    this.pid = child.pid;
    if (child.pid !== undefined) this.#around.register.add(this.name, child.pid, { signal: this.#plan.stopSignal });
    for (const [stream, isError] of [
      [child.stdout, false],
      [child.stderr, true],
    ]) {
      const lines = lineSplitter((line) => this.#around.onLine(this.name, line, isError));
      stream
        .setEncoding('utf8')
        .on('data', (text) => lines.write(text))
        .on('close', () => lines.end());
    }
    this.#exit = new Promise((resolve) => {
      let over = false;
      const end = (how) => {
        if (over) return;
        over = true;
        if (child.pid !== undefined) {
          signalGroup(child.pid, 'SIGKILL');
          this.#around.register.remove(this.name);
        }
        this.#child = undefined;
        this.pid = undefined;
        resolve();
        if (!this.#stopping) this.#died(this.#reason ?? how);
      };
      child.on('error', (error) => end(`could not be started: ${error.message}`));
      child.on('exit', (code, signal) => end(signal ? `killed by ${signal}` : `ended with exit code ${code}`));
    });
    this.#reason = undefined;
    void this.#watch(child);
  }

  #died(how) {
    clearTimeout(this.#timer);
    const now = this.#around.now();
    const steady = this.#readySince !== undefined && now - this.#readySince >= STEADY_MS;
    this.#readySince = undefined;
    this.#deathsInARow = steady ? 1 : this.#deathsInARow + 1;
    this.#deaths = [...this.#deaths, now].slice(-10);
    this.restarts++;
    const delayMs = restartDelay(this.#deathsInARow, this.#around.random);
    this.#enter(isCrashLoop(this.#deaths) ? 'CRASH_LOOP' : 'BACKING_OFF', { how, delayMs });
    this.#timer = setTimeout(() => void this.#launch(), delayMs);
  }

  // Polls quickly until the first answer of "ready", then at leisure; ends with its child.
  async #watch(child) {
    const startedAt = this.#around.now();
    let answeredAt = startedAt;
    let stalledTwice = false;
    while (this.#child === child && !this.#stopping) {
      const health = await this.#plan.probe(child.pid).catch(() => undefined);
      if (this.#child !== child || this.#stopping) return;
      const now = this.#around.now();
      if (health) answeredAt = now;
      if (health?.ready) this.#becameReady();
      else if (health && this.state !== 'STARTING') this.#enter('NOT_READY', { reasons: health.reasons });
      const stalled = health !== undefined && isStalled(health);
      if (stalled && stalledTwice) return this.#giveUp(child, 'stalled: records wait and none moves');
      stalledTwice = stalled;
      const patience = this.#readySince === undefined ? this.#times.slowStartMs : this.#times.silentMs;
      if (now - answeredAt >= patience) {
        return this.#giveUp(child, `no answer for ${Math.round((now - answeredAt) / 1000)} s`);
      }
      await new Promise((resolve) => {
        const starting = this.#readySince === undefined || stalled;
        this.#timer = setTimeout(resolve, starting ? this.#times.startPollMs : this.#times.pollMs);
      });
    }
  }

  #becameReady() {
    this.#readySince ??= this.#around.now();
    if (this.state !== 'READY') this.#enter('READY');
    for (const waiter of this.#waiting.splice(0)) waiter.resolve();
  }

  // The exit that follows is an ordinary death with this reason; a stuck event loop cannot heed SIGTERM.
  #giveUp(child, reason) {
    this.#reason = reason;
    this.#enter('NOT_READY', { reasons: [reason] });
    void stopGroup(child.pid, this.#plan.stopSignal ?? 'SIGTERM', Math.min(this.#times.graceMs, 10_000));
  }

  #enter(state, details = {}) {
    const changed = this.state !== state;
    this.state = state;
    if (changed || details.how)
      this.#around.onState(this.name, state, { pid: this.pid, restarts: this.restarts, ...details });
  }
}

module.exports = { STATES, SupervisedProcess };
