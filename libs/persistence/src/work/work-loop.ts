import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, InfrastructureError, type Logger } from '@millrace/contracts';
import type { WorkItem, WorkQueue } from './work-queue';

export interface WorkLoopOptions {
  readonly queue: WorkQueue;
  readonly kinds: readonly string[];
  /** Renewed while the work goes on; when the process dies, another one takes the item after so long. */
  readonly leaseMs: number;
  /** After so many failed tries `giveUp` answers instead; at once when no try can help. */
  readonly maxAttempts: number;
  /** Longest wait between looks into the table; a NOTIFY wakes it earlier through `wake`. */
  readonly pollMs?: number;
  /** Does the work and completes the item in the unit of work that holds its result. */
  readonly work: (item: WorkItem) => Promise<void>;
  /** Answers for an item that cannot be done (a refusal) and completes it. */
  readonly giveUp: (item: WorkItem, error: Error) => Promise<void>;
  readonly logger: Logger;
}

const DEFAULT_POLL_MS = 1_000;
const LONGEST_BACK_OFF_MS = 30_000;

/** Works off a queue, one item at a time. Errors of infrastructure are tried for ever and never count as a try. */
export class WorkLoop {
  private stopping = new AbortController();
  private idle = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: WorkLoopOptions) {}

  start(): void {
    this.stopping = new AbortController();
    this.running = this.run(this.stopping.signal);
  }

  /** Waits until the item in hand is done or given back. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  /** Ends the wait for the next look: called when an item was put into the queue. */
  wake(): void {
    this.idle.abort();
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const worked = await this.step().catch((error: Error) => {
        this.options.logger.warn({ reason: error.message }, 'The work queue cannot be read, trying again');
        return false;
      });
      if (!worked && !signal.aborted) await this.rest();
    }
  }

  private async rest(): Promise<void> {
    this.idle = new AbortController();
    await sleep(this.options.pollMs ?? DEFAULT_POLL_MS, undefined, { signal: this.idle.signal }).catch(() => {});
  }

  private async step(): Promise<boolean> {
    const { queue, kinds, leaseMs } = this.options;
    const item = await queue.lease(kinds, leaseMs);
    if (item === null) return false;
    const renewing = setInterval(() => this.renew(item), leaseMs / 3);
    try {
      await this.options.work(item);
    } catch (error) {
      await this.failed(item, error as Error);
    } finally {
      clearInterval(renewing);
    }
    return true;
  }

  private renew(item: WorkItem): void {
    const { queue, leaseMs, logger } = this.options;
    queue
      .renew(item.id, leaseMs)
      .catch((error: Error) => logger.warn({ item: item.id, reason: error.message }, 'A lease could not be renewed'));
  }

  private async failed(item: WorkItem, error: Error): Promise<void> {
    const infrastructure = error instanceof InfrastructureError;
    this.options.logger.warn(
      { item: item.id, kind: item.kind, attempts: item.attempts, reason: error.message },
      'Work failed',
    );
    if (isFinal(error) || (!infrastructure && item.attempts >= this.options.maxAttempts)) {
      await this.options.giveUp(item, error);
      return;
    }
    const wait = Math.min(LONGEST_BACK_OFF_MS, 250 * 2 ** Math.min(item.attempts, 10));
    await this.options.queue.release(item.id, wait, error.message, !infrastructure);
  }
}

/** No retry can cure it, and the one who asked should hear of it now. */
const isFinal = (error: Error): boolean => error instanceof AppError && !error.retriable;
