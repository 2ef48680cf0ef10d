import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Direction, FaultPlan } from './faults';

const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

/** Writes to one socket in order, under the plan's delay, slicing, blackhole and cut. */
export class Pipe {
  private tail: Promise<void> = Promise.resolve();
  private queued = 0;

  constructor(
    private readonly to: Socket,
    private readonly direction: Direction,
    private readonly plan: FaultPlan,
    private readonly cut: () => void,
  ) {}

  /** Settles at once, or, when much is waiting, after it was written: that is the back-pressure towards the sender. */
  async write(bytes: Buffer): Promise<void> {
    const readyAt = performance.now() + this.plan.delayMs();
    this.queued += bytes.length;
    this.tail = this.tail.then(async () => {
      await sleepUntil(readyAt);
      await this.plan.passable();
      await this.deliver(bytes);
      this.queued -= bytes.length;
    });
    if (this.queued > MAX_QUEUED_BYTES) await this.tail;
  }

  /** Passes the end of the stream on, behind everything written before. */
  end(): void {
    this.tail = this.tail.then(() => {
      if (!this.to.destroyed) this.to.end();
    });
  }

  private async deliver(bytes: Buffer): Promise<void> {
    const step = this.plan.sliceBytes > 0 ? this.plan.sliceBytes : bytes.length;
    for (let start = 0; start < bytes.length; start += step) {
      const slice = bytes.subarray(start, start + step);
      const allowed = this.allowance(slice.length);
      await this.push(slice.subarray(0, allowed));
      if (allowed < slice.length) {
        this.cut();
        return;
      }
      if (this.plan.sliceBytes > 0) await new Promise(setImmediate);
    }
  }

  private allowance(wanted: number): number {
    const cut = this.plan.cutAfter;
    if (cut?.direction !== this.direction) return wanted;
    if (wanted <= cut.bytesLeft) {
      cut.bytesLeft -= wanted;
      return wanted;
    }
    this.plan.cutAfter = null;
    cut.done();
    return cut.bytesLeft;
  }

  private async push(bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.to.destroyed || !this.to.writable) return;
    if (this.to.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.to.off('drain', settle);
        this.to.off('close', settle);
        resolve();
      };
      this.to.once('drain', settle);
      this.to.once('close', settle);
    });
  }
}

async function sleepUntil(at: number): Promise<void> {
  const left = at - performance.now();
  if (left > 0) await sleep(left);
}
