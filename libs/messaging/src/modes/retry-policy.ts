import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, PoisonError } from '@millrace/contracts';
import { retriesExhausted } from '../dead-letters/dead-letter';

export interface RetryOptions {
  /** Tries of a record before it is given up. */
  readonly attempts: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** In [0, 1): spreads the waits. */
  readonly random: () => number;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 5, firstWaitMs: 50, longestWaitMs: 5_000, random: Math.random };

/** What became of one record. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'poison'; readonly error: PoisonError }
  | { readonly kind: 'stopped' };

/**
 * Works on one record by the kind of its error: poison at once, anything transient (or unknown) a bounded number of
 * times, infrastructure for ever, while `onTrouble` says so. Never throws.
 */
export async function workOnRecord(
  work: () => Promise<void>,
  signal: AbortSignal,
  onTrouble: (error: Error | null) => void,
  options: RetryOptions = DEFAULT_RETRY,
): Promise<Outcome> {
  let attempts = 0;
  for (let waits = 0; ; waits++) {
    try {
      await work();
      onTrouble(null);
      return { kind: 'done' };
    } catch (caught) {
      const error = caught instanceof Error ? caught : new Error(String(caught));
      if (error instanceof PoisonError) return { kind: 'poison', error };
      if (signal.aborted) return { kind: 'stopped' };
      if (error instanceof InfrastructureError) onTrouble(error);
      else if (++attempts >= options.attempts) return { kind: 'poison', error: retriesExhausted(error, attempts) };
      await sleep(waitMs(waits, options), undefined, { signal }).catch(() => {});
      if (signal.aborted) return { kind: 'stopped' };
    }
  }
}

/** Exponential with full jitter in its upper half. */
export function waitMs(tries: number, options: RetryOptions = DEFAULT_RETRY): number {
  const wait = Math.min(options.longestWaitMs, options.firstWaitMs * 2 ** Math.min(tries, 20));
  return wait * (0.5 + options.random() / 2);
}
