import { setImmediate } from 'node:timers/promises';

/** Longest time that a computation holds the process before heartbeats and the broker get their turn. */
const HOLD_MS = 25;

/** Lets the event loop run when the computation has held it for a while; throws when the job is to end. */
export class Breather {
  private heldSince: number;

  constructor(
    private readonly now: () => number,
    private readonly signal: AbortSignal,
  ) {
    this.heldSince = now();
  }

  async breathe(): Promise<void> {
    if (this.now() - this.heldSince >= HOLD_MS) {
      await setImmediate();
      this.heldSince = this.now();
    }
    this.signal.throwIfAborted();
  }
}
