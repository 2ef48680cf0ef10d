import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** The last try is made no later than this; 10,000 by default. Generous is fine: a passing test does not wait for it. */
  timeoutMs?: number;
  /** Pause between tries; 20 by default. */
  everyMs?: number;
}

/** Repeats until the function neither throws nor rejects, and gives its value; then throws the last error. Use `expect` inside. */
export async function eventually<T>(probe: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() + everyMs > deadline) throw error;
    }
    await sleep(everyMs);
  }
}
