import type { Logger } from '@millrace/contracts';
import { type HeldLock, RelayLock } from '../relay-lock';
import type { ConnectionSettings } from '../settings';

const LOCK = 'tables';

/**
 * Says for as long as a process lives that it uses the tables of a schema: many may, but nobody swaps them meanwhile.
 * A lock that goes with its connection is taken again.
 */
export class TableUse {
  private readonly stopping = new AbortController();
  private readonly keeping: Promise<void>;

  private constructor(
    private readonly lock: RelayLock,
    private held: HeldLock | null,
  ) {
    this.keeping = this.keep();
  }

  /** Waits while the tables are being swapped. */
  static async begin(settings: ConnectionSettings, logger: Logger, signal: AbortSignal): Promise<TableUse> {
    const lock = new RelayLock(settings, LOCK, logger, { shared: true });
    return new TableUse(lock, await lock.acquire(signal));
  }

  /** To be alone with the tables; null when somebody still uses them after that time. */
  static alone(settings: ConnectionSettings, logger: Logger, withinMs: number): Promise<HeldLock | null> {
    return new RelayLock(settings, LOCK, logger, { retryMs: 100 }).acquire(AbortSignal.timeout(withinMs));
  }

  async end(): Promise<void> {
    this.stopping.abort();
    await this.held?.release();
    await this.keeping;
  }

  private async keep(): Promise<void> {
    const { signal } = this.stopping;
    while (this.held && !signal.aborted) {
      await lost(this.held);
      if (!signal.aborted) this.held = await this.lock.acquire(signal);
    }
    if (signal.aborted) await this.held?.release();
  }
}

function lost({ lost: signal }: HeldLock): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
