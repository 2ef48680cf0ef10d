import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint, InfrastructureError, type Logger } from '@millrace/contracts';
import type { DatabaseListener, Outbox, RelayLock, StoredOutboxRow } from '@millrace/persistence';
import { KafkaError } from '../client/kafka-error';
import type { IdempotentProducer } from './kafka-ports';
import type { MessagingEvents } from './messaging-events';
import { waitMs } from './retry-policy';

export interface OutboxRelayOptions {
  readonly outbox: Outbox;
  readonly lock: RelayLock;
  readonly listener: DatabaseListener;
  readonly producer: IdempotentProducer;
  readonly onTrouble: (error: Error | null) => void;
  readonly lifecycle: MessagingEvents;
  readonly logger: Logger;
}

const CLAIM = 500;
/** NOTIFY wakes the relay; this only covers a notification that was lost. */
const POLL_MS = 5_000;

/**
 * Publishes outbox rows in the order in which they were committed, one relay per service at a time. A crash between the
 * broker's acknowledgement and the mark publishes the rows again, with the same bytes and ids: readers drop the repeat.
 */
export class OutboxRelay {
  private readonly stopping = new AbortController();
  private pause = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private woken = false;
  /** Rows that the broker refused for good; their keys are left out until the next start. */
  private readonly stuck: StoredOutboxRow[] = [];
  private lastRefusal: Error | null = null;

  constructor(private readonly options: OutboxRelayOptions) {}

  start(): void {
    const { outbox, listener } = this.options;
    listener.listen(outbox.channel, () => this.wake());
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private wake(): void {
    this.woken = true;
    this.pause.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const held = await this.options.lock.acquire(signal);
      if (!held) return;
      await this.relayWhile(() => !signal.aborted && !held.lost.aborted);
      // What was committed before the stop still leaves: the service has drained its handlers already.
      if (signal.aborted) await this.publishOnce(() => !held.lost.aborted).catch(() => 0);
      await held.release();
    }
  }

  private async relayWhile(going: () => boolean): Promise<void> {
    let failures = 0;
    while (going()) {
      this.woken = false;
      try {
        const claimed = await this.publishOnce(going);
        failures = 0;
        this.options.onTrouble(this.refused());
        if (claimed === CLAIM) continue;
        await this.rest(POLL_MS, going);
      } catch (error) {
        this.options.onTrouble(error as Error);
        this.options.logger.warn({ reason: (error as Error).message }, 'The outbox cannot be published, trying again');
        await sleep(waitMs(failures++), undefined, { signal: this.stopping.signal }).catch(() => {});
      }
    }
  }

  private async rest(ms: number, going: () => boolean): Promise<void> {
    if (this.woken || !going()) return;
    this.pause = new AbortController();
    await sleep(ms, undefined, { signal: this.pause.signal }).catch(() => {});
  }

  /** @returns how many rows were claimed */
  private async publishOnce(going: () => boolean): Promise<number> {
    const rows = await this.options.outbox.claimUnpublished(CLAIM, this.stuck);
    let published = 0;
    for (const run of runsByTopic(rows)) if (going()) published += await this.publishRun(run);
    if (published > 0) this.options.lifecycle.emit('relayed', { rows: published });
    return rows.length;
  }

  /** A row that the broker will never take must not hold up the others: its key stays behind, and says so. */
  private async publishRun(run: readonly StoredOutboxRow[]): Promise<number> {
    try {
      await this.send(run);
      return run.length;
    } catch (error) {
      if (!(error instanceof KafkaError) || error.retriable) throw error;
      if (run.length === 1) {
        this.stuck.push(run[0]!);
        this.lastRefusal = error;
        return 0;
      }
      let published = 0;
      for (const row of run) if (!this.isStuck(row)) published += await this.publishRun([row]);
      return published;
    }
  }

  private async send(rows: readonly StoredOutboxRow[]): Promise<void> {
    crashPoint('relay.before-produce');
    await this.options.producer.send(
      rows[0]!.topic,
      rows.map(({ key, value, headers }) => ({ key, value, headers })),
    );
    crashPoint('relay.after-produce');
    await this.options.outbox.markPublished(rows.map((row) => row.id));
    crashPoint('relay.after-mark');
  }

  private isStuck(row: StoredOutboxRow): boolean {
    return this.stuck.some(
      ({ topic, key }) => topic === row.topic && key !== null && row.key !== null && key.equals(row.key),
    );
  }

  private refused(): Error | null {
    const [first] = this.stuck;
    if (!first) return null;
    return new InfrastructureError({
      code: 'OUTBOX_ROW_REFUSED',
      message: `The broker refuses row ${first.id} of the outbox (topic ${first.topic}), so its key waits; the others go on. ${this.lastRefusal?.message ?? ''}`,
      ...(this.lastRefusal ? { cause: this.lastRefusal } : {}),
    });
  }
}

/** Neighbours of one topic travel together; the order over topics stays as it was committed. */
function runsByTopic(rows: readonly StoredOutboxRow[]): StoredOutboxRow[][] {
  const runs: StoredOutboxRow[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last?.[0]?.topic === row.topic) last.push(row);
    else runs.push([row]);
  }
  return runs;
}
