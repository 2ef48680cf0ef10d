import type { KafkaClient, PartitionReader } from '@millrace/messaging';

/** Reading stops after this long; the next look goes on. */
const BUDGET_MS = 500;
const LONG_POLL_MS = 100;

/**
 * Counts the records of small topics that are written in transactions, whose end offsets also count the markers of those:
 * each record is read once, when somebody looks.
 */
export class RecordCounter {
  private readonly counts = new Map<string, number>();
  private readonly positions = new Map<string, Map<number, number>>();
  private readonly reader: PartitionReader;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly kafka: KafkaClient) {
    this.reader = kafka.partitionReader({ topic: 'counted topics', maxWaitMs: LONG_POLL_MS });
  }

  /** Records so far; of a long topic at first only those that could be read in the time there was. */
  count(topic: string): Promise<number> {
    const counted = this.turn.then(() => this.catchUp(topic));
    this.turn = counted.catch(() => {});
    return counted;
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async catchUp(topic: string): Promise<number> {
    const ends = await this.kafka.admin.endOffsets(topic, 'committed');
    const positions = await this.positionsOf(topic);
    const behind = () => [...ends].filter(([partition, end]) => (positions.get(partition) ?? 0) < end);
    const signal = AbortSignal.timeout(BUDGET_MS);
    for (const [partition] of behind()) this.reader.assign(topic, partition, positions.get(partition) ?? 0);
    try {
      while (behind().length > 0 && !signal.aborted) {
        for (const batch of await this.reader.fetch(signal)) {
          let records = 0;
          while (batch.records.next()) records++;
          this.counts.set(topic, (this.counts.get(topic) ?? 0) + records);
          positions.set(batch.partition, batch.nextOffset);
        }
      }
    } finally {
      for (const partition of ends.keys()) this.reader.unassign(topic, partition);
    }
    return this.counts.get(topic) ?? 0;
  }

  private async positionsOf(topic: string): Promise<Map<number, number>> {
    const known = this.positions.get(topic);
    if (known) return known;
    const starts = await this.kafka.admin.startOffsets(topic);
    this.positions.set(topic, starts);
    return starts;
  }
}
