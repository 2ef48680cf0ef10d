import { setTimeout as sleep } from 'node:timers/promises';
import {
  allTopics,
  type Clock,
  HEALTH_PORT_DETAIL,
  LAST_WORD,
  type Logger,
  ServiceStatus,
  type TopicDefinition,
} from '@millrace/contracts';
import {
  ControlReader,
  type KafkaClient,
  KafkaError,
  type PartitionReader,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import type { ServiceSummary } from './live-snapshot';

interface Heard {
  readonly status: ServiceStatus;
  readonly at: number;
}

/** Three heartbeats of ten seconds: who misses them is not there. */
export const SILENT_MS = 30_000;
const LONG_POLL_MS = 5_000;
const RETRY_MS = 1_000;
const STATUS_TOPICS: readonly TopicDefinition[] = allTopics.filter((topic) => topic.class === 'status');

/** Who said last that it lives, from the status topics of all services, read from half a minute ago on. */
export class ServiceBoard {
  private readonly heard = new Map<string, Map<string, Heard>>();
  private readonly stopping = new AbortController();
  private readonly partitions: PartitionReader;
  private readonly reader: ControlReader;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly kafka: KafkaClient,
    schemas: SchemaRegistryClient,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.partitions = kafka.partitionReader({ topic: 'status', maxWaitMs: LONG_POLL_MS });
    this.reader = new ControlReader(schemas, [ServiceStatus]);
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.partitions.close();
    await this.running;
  }

  /** One that took the place of another on its host makes that one forgotten: it cannot live any more, however it ended. */
  hear(status: ServiceStatus, at: number): void {
    const instances = this.heard.get(status.service) ?? new Map<string, Heard>();
    for (const [instance, { status: other }] of instances)
      if (other.startedAt < status.startedAt && placeOf(other) === placeOf(status)) instances.delete(instance);
    this.heard.set(status.service, instances.set(status.instance, { status, at }));
  }

  /** One line per living process, and one per service of which none is left. */
  summaries(): ServiceSummary[] {
    const now = this.clock.now();
    return STATUS_TOPICS.flatMap(({ owner }) => {
      const instances = this.heard.get(owner) ?? new Map<string, Heard>();
      for (const [instance, { at }] of instances) if (now - at > SILENT_MS) instances.delete(instance);
      const living = [...instances.values()].filter(({ status: { reason } }) => reason !== LAST_WORD);
      if (living.length > 0) return living.map(({ status }) => summaryOf(status));
      const last = [...instances.values()].at(-1);
      if (last) return [summaryOf(last.status)];
      return [{ service: owner, instance: '', ready: false, reason: `no heartbeat for ${SILENT_MS / 1_000} s` }];
    });
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let assigned = false;
    while (!signal.aborted) {
      try {
        if (!assigned) await this.assign();
        assigned = true;
        for (const batch of await this.partitions.fetch(signal))
          while (batch.records.next()) {
            const received = await this.reader.read(batch.records.record());
            if (received) this.hear(received.data as ServiceStatus, received.timestamp);
          }
      } catch (error) {
        if (signal.aborted) return;
        // An offset out of range, say: heartbeats are kept for a day only.
        if (error instanceof KafkaError && !error.retriable) assigned = false;
        this.logger.debug({ reason: (error as Error).message }, 'A heartbeat cannot be read');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  private async assign(): Promise<void> {
    for (const { name } of STATUS_TOPICS) {
      const from = await this.kafka.admin.offsetsForTime(name, this.clock.now() - SILENT_MS);
      for (const [partition, offset] of from) this.partitions.assign(name, partition, offset);
    }
  }
}

const summaryOf = ({ service, instance, ready, reason }: ServiceStatus): ServiceSummary => ({
  service,
  instance,
  ready,
  reason,
});

/** Host and health port: no two living processes share both. A process that names no port shares its place with nobody. */
function placeOf({ instance, details }: ServiceStatus): string {
  const host = instance.slice(0, instance.lastIndexOf(':'));
  const port = details[HEALTH_PORT_DETAIL];
  return port === undefined ? instance : `${host} ${port}`;
}
