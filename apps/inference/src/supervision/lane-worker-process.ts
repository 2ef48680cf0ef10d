import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock, Logger } from '@millrace/contracts';
import { readFlightRecorder } from '../lane-worker/flight-recorder';
import type { WorkerOrder, WorkerReport } from './worker-messages';

export interface LaneWorkerLimits {
  readonly heapMiB: number;
  readonly memoryMiB: number;
  readonly callMs: number;
}

export interface Death {
  /** In words: how it ended. */
  readonly how: string;
  /** The model that it was inside of; null when it was outside of any call. */
  readonly digest: string | null;
}

const MAIN = path.join(__dirname, '..', 'lane-worker', `main${path.extname(__filename)}`);
/** Linux kills the process with the highest score first when memory ends; broker and database have 0. */
const OOM_SCORE = '800';
/** Room of the address space beside the resident memory: Node reserves far more than it uses. */
const ADDRESS_SPACE_MIB = 6_144;
/** A micro-batch lives in it; with V8's own limit of 16 MiB a worker that was busy once keeps 24 MiB more for good. */
const SEMI_SPACE_MIB = 4;

/** A worker says something every second, unless its loop does not turn. Several times the pauses of a busy machine. */
const SILENT_MS = 30_000;

/** One lane worker as a child process: its last report, its limits, its death. */
export class LaneWorkerProcess {
  readonly pid: number | undefined;
  /** Without the growth in it, which `onReport` is told once. */
  report: WorkerReport | null = null;
  private readonly child: ChildProcess;
  private killedFor: string | null = null;
  private heardAt: number | null = null;
  private dead = false;

  constructor(
    private readonly recorderFile: string,
    private readonly limits: LaneWorkerLimits,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly onReport: (report: WorkerReport) => void,
    private readonly onDeath: (death: Death) => void,
  ) {
    // A process of an earlier life may have had the same id, and left the note of its worker.
    rmSync(recorderFile, { force: true });
    const [command, ...argv] = commandLine(limits, recorderFile);
    this.child = spawn(command!, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.pid = this.child.pid;
    this.child.on('message', (report: WorkerReport) => this.heard(report));
    this.child.on('error', (error) => {
      // Comes after the start as well, when a message or a signal does not reach it; then its exit says that it is dead.
      if (this.pid === undefined) this.died({ how: `could not be started: ${error.message}`, digest: null });
    });
    this.child.once('exit', (code, signal) => this.died(this.deathOf(code, signal)));
    this.beKilledFirst();
  }

  /** Kills a worker that is stuck, inside a model or elsewhere, or too large. */
  enforceLimits(): void {
    if (this.dead || this.killedFor !== null) return;
    const now = this.clock.now();
    const inside = readFlightRecorder(this.recorderFile);
    if (inside && now - inside.enteredAt > this.limits.callMs)
      this.kill(`was inside one call for more than ${this.limits.callMs} ms`);
    else if (!inside && this.heardAt !== null && now - this.heardAt > SILENT_MS + this.limits.callMs)
      this.kill(`said nothing for more than ${SILENT_MS + this.limits.callMs} ms`);
    else if (this.residentMiB() > this.limits.memoryMiB) this.kill(`used more than ${this.limits.memoryMiB} MiB`);
  }

  order(order: WorkerOrder): void {
    // A worker that is gone needs no order; its exit is told by itself.
    if (this.child.connected) this.child.send(order, () => {});
  }

  kill(reason: string): void {
    this.killedFor = reason;
    this.logger.warn({ pid: this.pid, reason }, 'Kills a lane worker');
    this.child.kill('SIGKILL');
  }

  private heard(report: WorkerReport): void {
    this.heardAt = this.clock.now();
    this.report = { ...report, counts: [], events: [] };
    this.onReport(report);
  }

  private died(death: Death): void {
    if (this.dead) return;
    this.dead = true;
    this.onDeath(death);
  }

  private deathOf(code: number | null, signal: NodeJS.Signals | null): Death {
    const digest = readFlightRecorder(this.recorderFile)?.digest ?? null;
    rmSync(this.recorderFile, { force: true });
    return { how: this.killedFor ?? (signal ? `ended by ${signal}` : `ended with code ${code}`), digest };
  }

  /** From the kernel where it tells, else from the last report: a stuck worker sends none. */
  private residentMiB(): number {
    try {
      const pages = Number(readFileSync(`/proc/${this.pid}/statm`, 'latin1').split(' ')[1]);
      return (pages * 4_096) / 1_048_576;
    } catch {
      return (this.report?.rssBytes ?? 0) / 1_048_576;
    }
  }

  private beKilledFirst(): void {
    try {
      writeFileSync(`/proc/${this.pid}/oom_score_adj`, OOM_SCORE);
    } catch {
      // Not Linux, or already gone.
    }
  }
}

/**
 * Where there is a shell with ulimit, the address space is limited as well: then an absurd allocation of a model is an
 * error that the worker can answer with FAILED, instead of its death.
 */
function commandLine({ heapMiB }: LaneWorkerLimits, recorderFile: string): string[] {
  const heap = [
    ...process.execArgv.filter(isNotHeap),
    `--max-old-space-size=${heapMiB}`,
    `--max-semi-space-size=${SEMI_SPACE_MIB}`,
  ];
  if (process.platform !== 'linux') return [process.execPath, ...heap, MAIN, recorderFile];
  // With trap handlers V8 reserves 10 GiB of addresses for each WebAssembly memory (fetch has one), used or not.
  const node = [process.execPath, ...heap, '--disable-wasm-trap-handler', MAIN, recorderFile];
  return ['/bin/sh', '-c', `ulimit -v ${ADDRESS_SPACE_MIB * 1_024}; exec "$@"`, 'lane-worker', ...node];
}

/** Options of this process hold for its workers too, but not the size of its own heap. */
const isNotHeap = (option: string): boolean => !option.startsWith('--max-old-space-size');
