import { setTimeout as delay } from 'node:timers/promises';

/** Waits that double from `firstMs` to `maxMs`, within a budget of time; `reset` after a success. */
export class BackOff {
  private nextMs: number;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {
    this.nextMs = firstMs;
  }

  /** Milliseconds to wait now; the next wait is twice as long. */
  take(): number {
    const waitMs = this.nextMs;
    this.nextMs = Math.min(this.maxMs, this.nextMs * 2);
    return waitMs;
  }

  reset(): void {
    this.nextMs = this.firstMs;
  }
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export async function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/**
 * Runs `attempt` again while it throws an error that `again` accepts and `budgetMs` is not used up; the last error is thrown.
 * `again` may do what makes the next attempt better (forget a leader) and may name a wait of its own.
 */
export async function retrying<T>(
  budgetMs: number,
  attempt: () => Promise<T>,
  again: (error: unknown) => boolean | { waitMs: number },
): Promise<T> {
  const deadline = performance.now() + budgetMs;
  const backOff = new BackOff(20, 1_000);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const verdict = again(error);
      if (verdict === false) throw error;
      const waitMs = verdict === true ? backOff.take() : verdict.waitMs;
      if (performance.now() + waitMs >= deadline) throw error;
      await pauseFor(waitMs);
    }
  }
}
