import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '@millrace/contracts';
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

const MAIN = path.join(__dirname, '..', 'lane-worker', 'main.js');
/** Linux kills the process with the highest score first when memory ends; broker and database have 0. */
const OOM_SCORE = '800';
/** Room of the address space beside the resident memory: Node reserves far more than it uses. */
const ADDRESS_SPACE_MIB = 6_144;

/** One lane worker as a child process: its last report, its limits, its death. */
export class LaneWorkerProcess {
  readonly pid: number | undefined;
  report: WorkerReport | null = null;
  private readonly child: ChildProcess;
  private killedFor: string | null = null;

  constructor(
    private readonly recorderFile: string,
    private readonly limits: LaneWorkerLimits,
    private readonly logger: Logger,
    onDeath: (death: Death) => void,
  ) {
    const [command, ...argv] = commandLine(limits, recorderFile);
    this.child = spawn(command!, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.pid = this.child.pid;
    this.child.on('message', (report: WorkerReport) => {
      this.report = report;
    });
    this.child.once('error', (error) => onDeath({ how: `could not be started: ${error.message}`, digest: null }));
    this.child.once('exit', (code, signal) => onDeath(this.death(code, signal)));
    this.beKilledFirst();
  }

  /** Kills a worker that is stuck inside a model or too large. */
  enforceLimits(now: number): void {
    if (this.child.exitCode !== null || this.killedFor !== null) return;
    const inside = readFlightRecorder(this.recorderFile);
    if (inside && now - inside.enteredAt > this.limits.callMs)
      this.kill(`was inside one call for more than ${this.limits.callMs} ms`);
    else if (this.residentMiB() > this.limits.memoryMiB) this.kill(`used more than ${this.limits.memoryMiB} MiB`);
  }

  order(order: WorkerOrder): void {
    if (this.child.connected) this.child.send(order);
  }

  kill(reason: string): void {
    this.killedFor = reason;
    this.logger.warn({ pid: this.pid, reason }, 'Kills a lane worker');
    this.child.kill('SIGKILL');
  }

  private death(code: number | null, signal: NodeJS.Signals | null): Death {
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
  const heap = `--max-old-space-size=${heapMiB}`;
  if (process.platform !== 'linux') return [process.execPath, heap, MAIN, recorderFile];
  // With trap handlers V8 reserves 10 GiB of addresses for each WebAssembly memory (fetch has one), used or not.
  const node = [process.execPath, heap, '--disable-wasm-trap-handler', MAIN, recorderFile];
  return ['/bin/sh', '-c', `ulimit -v ${ADDRESS_SPACE_MIB * 1_024}; exec "$@"`, 'lane-worker', ...node];
}
