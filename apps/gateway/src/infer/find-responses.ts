import type { EndpointCreated, PredictionResponse } from '@millrace/contracts';
import { AvroCodec, FramedReader, type KafkaClient, parseSchema, type SchemaRegistryClient } from '@millrace/messaging';
import { requestIdOf } from './infer-call';

/** Next offset of each partition of a response topic, as written down before requests were sent. */
export type Positions = Readonly<Record<string, number>>;

export interface FindResponses {
  readonly made: EndpointCreated;
  readonly callId: string;
  readonly rows: number;
  readonly from: Positions;
}

const MAX_WAIT_MS = 200;

/**
 * Looks in the log for the responses of a call whose process went away before it could keep them. Reads from the positions
 * of then to the end of now, until every row is found. Of two responses to a row (it was sent twice) the first counts.
 *
 * @returns what was found, by row
 */
export async function findResponses(
  kafka: KafkaClient,
  schemas: SchemaRegistryClient,
  { made, callId, rows, from }: FindResponses,
  signal: AbortSignal,
): Promise<Map<number, PredictionResponse>> {
  const topic = made.responsesTopic;
  const codec = AvroCodec.of<PredictionResponse>(parseSchema(made.responseSchema));
  const responses = new FramedReader(schemas, codec);
  const rowOf = new Map(Array.from({ length: rows }, (_, row) => [requestIdOf({ callId }, row), row]));
  const found = new Map<number, PredictionResponse>();
  const ends = await kafka.admin.endOffsets(topic, 'committed');
  const behind = new Map([...ends].filter(([partition, end]) => (from[partition] ?? 0) < end));
  const reader = kafka.partitionReader({ topic, maxWaitMs: MAX_WAIT_MS });
  try {
    for (const partition of behind.keys()) reader.assign(topic, partition, from[partition] ?? 0);
    while (behind.size > 0 && found.size < rows && !signal.aborted) {
      for (const batch of await reader.fetch(signal)) {
        while (batch.records.next()) {
          if (batch.records.headerCount === 0) continue;
          const response = await responses.read(batch.records.record().value).catch(() => null);
          const row = response ? rowOf.get(response.requestId) : undefined;
          if (response && row !== undefined && !found.has(row)) found.set(row, response);
        }
      }
      for (const [partition, end] of behind)
        if (reader.position(topic, partition) >= end) {
          behind.delete(partition);
          reader.unassign(topic, partition);
        }
    }
  } finally {
    await reader.close();
  }
  return found;
}
