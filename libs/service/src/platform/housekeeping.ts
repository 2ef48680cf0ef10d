import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { TopicAdmin } from '@millrace/messaging';
import type { Inbox, Outbox } from '@millrace/persistence';

export interface HousekeepingOptions {
  readonly outbox: Pick<Outbox, 'prune'>;
  readonly inbox: Pick<Inbox, 'oldest' | 'prune'>;
  readonly admin: Pick<TopicAdmin, 'partitionsOf' | 'startOffsets'>;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
/** Published rows are of use to a rebuild that began before they were published, and to a person who looks for one. */
export const OUTBOX_KEPT_MS = 24 * HOUR_MS;
/** Few enough that a transaction is short and the lock of no row is held for long. */
const ROWS_AT_ONCE = 5_000;

/**
 * Deletes what a service's tables need not remember any longer, at the start and then every hour: rows of the outbox that
 * were published a day ago, and those of the inbox whose records their topic no longer holds. An event that can still be
 * read again stays known, however old it is: so a group that begins anew at the first offset has no effect twice.
 */
export class Housekeeping {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: HousekeepingOptions) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One round. @throws when the database or the broker is away */
  async tidy(): Promise<{ readonly outboxRows: number; readonly inboxRows: number }> {
    return { outboxRows: await this.tidyOutbox(), inboxRows: await this.tidyInbox() };
  }

  private async run(): Promise<void> {
    const { logger } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const tidied = await this.tidy();
        if (tidied.outboxRows + tidied.inboxRows > 0) logger.info(tidied, 'Deleted rows that are no longer needed');
      } catch (error) {
        logger.warn({ reason: (error as Error).message }, 'Old rows were not deleted; this is tried again in an hour');
      }
      await sleep(HOUR_MS, undefined, { signal }).catch(() => {});
    }
  }

  private async tidyOutbox(): Promise<number> {
    let deleted = 0;
    for (let last = ROWS_AT_ONCE; last === ROWS_AT_ONCE && !this.stopping.signal.aborted; deleted += last)
      last = await this.options.outbox.prune(OUTBOX_KEPT_MS, ROWS_AT_ONCE);
    return deleted;
  }

  private async tidyInbox(): Promise<number> {
    const { inbox } = this.options;
    const starts = new Map<string, Map<number, number>>();
    let deleted = 0;
    for (const { topic, partition, offset } of await inbox.oldest()) {
      if (this.stopping.signal.aborted) break;
      const known = starts.get(topic) ?? (await this.startsOf(topic));
      starts.set(topic, known);
      const start = known.get(partition) ?? 0;
      if (start > offset) deleted += await inbox.prune({ topic, partition, offset: start });
    }
    return deleted;
  }

  /** None for a topic that is not there: what it held may come again with it, from a backup. */
  private async startsOf(topic: string): Promise<Map<number, number>> {
    const { admin } = this.options;
    return (await admin.partitionsOf(topic)).length === 0 ? new Map() : admin.startOffsets(topic);
  }
}
