import { type Clock, SortingChanged, Topics } from '@millrace/contracts';
import {
  ControlReader,
  controlEventId,
  type EncodedRecord,
  KafkaClient,
  keptRanges,
  RecordEncoder,
  readRanges,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { CLOCK } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';

export const sortingId = (source: string, partition: number): string => `${source}/${partition}`;

/** Reads and makes the records of `ingestion.sortings.v1`; lanes write them in the transactions that they are about. */
@Injectable()
export class SortingLog {
  private readonly encoder: RecordEncoder;

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.encoder = new RecordEncoder(registry, 'ingestion');
  }

  /** The last change of one partition, among what is committed now; null when there was none. */
  async last(source: string, partition: number): Promise<SortingChanged | null> {
    const { name } = Topics.sortings;
    const ranges = await keptRanges(this.client, name, await this.client.admin.endOffsets(name));
    const reader = new ControlReader(this.registry, [SortingChanged]);
    let last: SortingChanged | null = null;
    for await (const batch of readRanges(this.client, ranges, AbortSignal.timeout(60_000)))
      while (batch.records.next()) {
        const fact = await reader.read(batch.records.record());
        if (fact?.key === sortingId(source, partition)) last = fact.data as SortingChanged;
      }
    return last;
  }

  encode(data: Omit<SortingChanged, 'occurredAt'>): Promise<EncodedRecord> {
    const key = sortingId(data.source, data.partition);
    const time = this.clock.now();
    return this.encoder.encode({
      record: SortingChanged,
      topic: Topics.sortings,
      key,
      data: { ...data, occurredAt: time },
      id: controlEventId(Topics.sortings.name, key, data.aggregateVersion),
      time,
    });
  }
}
