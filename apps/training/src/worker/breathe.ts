import { setImmediate } from 'node:timers/promises';

/** Longest time that a computation holds the process before heartbeats and the broker get their turn. */
const HOLD_MS = 25;

/** Lets the event loop run when a computation has held it for a while. */
export class Breather {
  private heldSince: number;

  constructor(private readonly now: () => number) {
    this.heldSince = now();
  }

  async breathe(): Promise<void> {
    if (this.now() - this.heldSince < HOLD_MS) return;
    await setImmediate();
    this.heldSince = this.now();
  }
}
