import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, InfrastructureError, type Logger } from '@millrace/contracts';
import type { Health } from '../health/health';

export interface ReachOptions {
  /** What is to be reached: the name of the part in /health/ready. */
  readonly name: string;
  readonly health: Health;
  readonly logger: Logger;
  /** Ends the wait: the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Pause after the n-th failure (from 1), ms. */
  readonly pauseMs?: (failures: number) => number;
}

/**
 * Opens something that may be away at first, as often as it takes. Meanwhile the process lives, is not ready, and says
 * why. What no wait can cure (a wrong password, a failed migration) comes out at once.
 */
export async function untilReachable<T>(open: () => Promise<T>, options: ReachOptions): Promise<T> {
  const { name, health, logger, signal, pauseMs = backOff } = options;
  health.hold(name, 'not reached yet');
  let said = '';
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      const opened = await open();
      health.release(name);
      return opened;
    } catch (error) {
      if (!isCurable(error)) throw error;
      const { message } = error as Error;
      health.hold(name, message);
      // Once a minute is enough for the same news.
      if (message !== said || failures % SAY_AGAIN === 0) {
        logger.warn({ part: name, failures, reason: message }, 'Not reachable, trying again');
      }
      said = message;
    }
    await sleep(pauseMs(failures), undefined, { signal });
  }
}

const SAY_AGAIN = 12;

/** A login that is refused may be refused because the role is still being made, so infrastructure counts whole. */
const isCurable = (error: unknown): boolean =>
  error instanceof InfrastructureError || (error instanceof AppError && error.retriable);

const backOff = (failures: number): number => Math.min(250 * 2 ** (failures - 1), 5_000);
