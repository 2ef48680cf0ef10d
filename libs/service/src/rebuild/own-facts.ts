import { type AnyRecordSchema, topicNamed, topicOf } from '@millrace/contracts';
import {
  ControlReader,
  type FactFold,
  type KafkaClient,
  keptRanges,
  type OffsetRange,
  type Received,
  readRanges,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import type { StoredOutboxRow } from '@millrace/persistence';

/** The topics that carry these records. */
export const topicsOf = (records: readonly AnyRecordSchema[]): string[] =>
  [...new Set(records.map((record) => topicOf(record).name))].sort();

/** From the first record to the last one that is there now. */
export async function wholeRanges(client: KafkaClient, topics: readonly string[]): Promise<OffsetRange[]> {
  const ranges = await Promise.all(
    topics.map(async (topic) => keptRanges(client, topic, await client.admin.endOffsets(topic))),
  );
  return ranges.flat();
}

export interface FactReading {
  readonly client: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly signal: AbortSignal;
  /** After each batch, with the number of offsets that it has moved on. */
  readonly told: (offsets: number) => void;
}

/** Facts of the log, in its order. */
export async function* factsOf(
  ranges: readonly OffsetRange[],
  { client, schemas, signal, told }: FactReading,
): AsyncGenerator<Received<unknown>> {
  const reader = readersOf(schemas);
  for await (const batch of readRanges(client, ranges, signal)) {
    while (batch.records.next()) {
      const fact = await reader(batch.topic).read(batch.records.record());
      if (fact) yield fact;
    }
    told(batch.nextOffset - batch.fetchOffset);
  }
}

/** Folds the facts that are on the log into state, then those that only the outbox holds. */
export async function foldOwnFacts(
  state: FactFold,
  ranges: readonly OffsetRange[],
  outbox: readonly StoredOutboxRow[],
  reading: FactReading,
): Promise<{ readonly facts: number; readonly unpublished: number }> {
  const seen = new Set<string>();
  for await (const fact of factsOf(ranges, reading)) {
    state.take(fact);
    seen.add(fact.id);
  }
  const reader = readersOf(reading.schemas);
  let unpublished = 0;
  for (const { eventId, topic, key, value, headers, createdAt } of outbox) {
    if (seen.has(eventId)) continue;
    const where = { topic, partition: 0, offset: -1, timestamp: createdAt.getTime() };
    const fact = await reader(topic).read({ ...where, key, value, headers: new Map(headers), rawHeaders: headers });
    if (!fact) continue;
    state.take(fact);
    unpublished++;
  }
  return { facts: seen.size + unpublished, unpublished };
}

function readersOf(schemas: SchemaRegistryClient): (topic: string) => ControlReader {
  const readers = new Map<string, ControlReader>();
  return (topic) => {
    const reader = readers.get(topic) ?? new ControlReader(schemas, topicNamed(topic)!.records);
    readers.set(topic, reader);
    return reader;
  };
}
