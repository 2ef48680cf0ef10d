import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { FetchedPartition } from '@millrace/messaging';
import { type CompatibilityLevel, readLogRecord } from '../domain/log-record';
import { RegistryState } from '../domain/registry-state';
import { unavailable } from '../refused';
import type { LogClient } from './log-client';

/** The one place where the registry keeps anything; it takes the prefix like every topic. */
export const SCHEMAS_TOPIC = '_schemas';
const PARTITION = 0;
/** A new record wakes the fetch; this only bounds how long an idle one hangs. */
const MAX_WAIT_MS = 5_000;
const TRY_AGAIN_MS = 2_000;

/**
 * Folds the compacted topic `_schemas` into the state that answers every request. Once it has been read to its end, reads
 * are answered from memory, also while the broker is away.
 */
export class SchemaLog {
  private readonly state: RegistryState;
  private readonly stopping = new AbortController();
  /** Next offset to fold; everything before it is in the state. */
  private position = 0;
  private waiting: { offset: number; resolve: () => void }[] = [];
  private caughtUp = false;
  private trouble: string | null = null;
  private running: Promise<void> = Promise.resolve();
  /** Records that no registry would write, met so far. */
  unreadable = 0;

  constructor(
    private readonly client: LogClient,
    defaultLevel: CompatibilityLevel,
    private readonly logger: Logger,
  ) {
    this.state = new RegistryState(defaultLevel);
  }

  /** Begins to read, and goes on until `stop`. Waits for nothing: until the end is reached, requests get a 503. */
  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** The state, once the log has been read to its end. */
  get current(): RegistryState {
    if (!this.caughtUp) throw unavailable(50001, `The registry is still reading its log ${SCHEMAS_TOPIC}.`, 1);
    return this.state;
  }

  /** Schemas read so far. */
  get schemaCount(): number {
    return this.state.schemaCount;
  }

  /** Null when reads can be answered and are kept up to date, else why not. */
  get reason(): string | null {
    return this.trouble ?? (this.caughtUp ? null : `still reading the log ${SCHEMAS_TOPIC}`);
  }

  /** Resolves when every record before `offset` is in the state. */
  reached(offset: number): Promise<void> {
    if (this.position >= offset) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ offset, resolve }));
  }

  /** Reads up to what is committed now. */
  async catchUp(): Promise<void> {
    const ends = await this.client.admin.endOffsets(SCHEMAS_TOPIC, 'committed');
    await this.reached(ends.get(PARTITION) ?? 0);
    this.caughtUp = true;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    await this.retried('create its log', () => this.createTopic());
    if (signal.aborted) return;
    void this.retried('read its log to the end', () => this.catchUp());
    const reader = this.client.partitionReader({
      topic: SCHEMAS_TOPIC,
      isolation: 'committed',
      maxWaitMs: MAX_WAIT_MS,
      onTrouble: (error) => {
        this.trouble = error.message;
      },
    });
    reader.assign(SCHEMAS_TOPIC, PARTITION, 'start');
    while (!signal.aborted) {
      await this.retried('read its log', async () => {
        for (const fetched of await reader.fetch(signal)) this.fold(fetched);
        this.trouble = null;
      });
    }
    await reader.close();
  }

  private async createTopic(): Promise<void> {
    const config = { 'cleanup.policy': 'compact' };
    await this.client.admin.createTopics([{ name: SCHEMAS_TOPIC, partitions: 1, config }]);
  }

  private fold({ records, nextOffset }: FetchedPartition): void {
    while (records.next()) {
      const { key, value } = records.record();
      const record = readLogRecord(key?.toString('utf8') ?? null, value?.toString('utf8') ?? null);
      if (record === 'unreadable') {
        this.unreadable++;
        this.logger.warn(
          { offset: records.offset },
          `A record of ${SCHEMAS_TOPIC} is not one of a schema registry; it is skipped`,
        );
      } else if (record !== 'ignored') this.state.apply(record);
    }
    this.position = nextOffset;
    const met = this.waiting.filter(({ offset }) => offset <= nextOffset);
    this.waiting = this.waiting.filter(({ offset }) => offset > nextOffset);
    for (const { resolve } of met) resolve();
  }

  private async retried(what: string, attempt: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) return;
        this.trouble = (error as Error).message;
        this.logger.error({ err: error }, `The registry cannot ${what}; it tries again`);
        await delay(TRY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
