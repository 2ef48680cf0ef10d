import { pauseFor } from '@millrace/messaging';

/** Small batches of a partition are folded at most twice a second: a head comes once a second, and each costs a transaction. */
const EVERY_MS = 500;
/** A larger batch comes from a backlog: it is not held up. Bytes. */
const LARGE_BYTES = 256 * 1024;

/** Lets records gather on the broker, so that a trickle over many partitions does not become a flood of small transactions. */
export class Pace {
  private readonly last = new Map<string, number>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Resolves when the batch is due: at once when the partition was silent for a while. */
  async keep(
    batch: { readonly topic: string; readonly partition: number; readonly bytes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const name = `${batch.topic}/${batch.partition}`;
    const wait = (this.last.get(name) ?? Number.NEGATIVE_INFINITY) + EVERY_MS - this.now();
    if (wait > 0 && batch.bytes < LARGE_BYTES) await pauseFor(wait, signal);
    this.last.set(name, this.now());
  }
}
