import type { EndpointCreated, PredictionRequest, PredictionResponse } from '@millrace/contracts';
import { partitionOfKey, schemaIdOf } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { passOver } from '../reading/pass-over';
import { RecordFeed } from '../reading/record-feed';
import { endpointReaders } from '../replay/join-partition';
import type { Place } from './story';

/** A record that carries the wanted request id, decoded. */
export interface FoundRecord<T> {
  readonly endpoint: EndpointCreated;
  readonly place: Place;
  readonly at: number;
  readonly key: string | null;
  /** Of the writer. */
  readonly schemaId: number;
  readonly data: T;
  /** How many records of the same chunk carry the id: a producer may send one twice. */
  readonly times: number;
}

export interface SearchOptions {
  readonly requestId: string;
  readonly endpoints: readonly EndpointCreated[];
  /** Milliseconds since 1970: nothing older is looked at. */
  readonly since: number;
  readonly onProgress: (done: number, total: number) => void;
}

type Side = 'requests' | 'responses';
interface Stretch {
  readonly endpoint: EndpointCreated;
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  /** What is below it is not searched yet. */
  end: number;
}

/** Offsets searched at once, from the newest down. */
const CHUNK = 20_000;

export const findResponse = (context: Context, options: SearchOptions) =>
  search<PredictionResponse>(context, 'responses', options);

export const findRequest = (context: Context, options: SearchOptions) =>
  search<PredictionRequest>(context, 'requests', options);

/**
 * Looks for a request id, the newest records first, chunk by chunk over all partitions: there is no index, because ids are
 * the producers' own. Bytes are compared before anything is decoded.
 */
async function search<T extends { requestId: string }>(
  context: Context,
  side: Side,
  options: SearchOptions,
): Promise<FoundRecord<T> | null> {
  const stretches = await stretchesOf(context, side, options);
  const total = stretches.reduce((sum, { first, end }) => sum + end - first, 0);
  let done = 0;
  while (stretches.some(({ first, end }) => end > first)) {
    for (const stretch of stretches) {
      const from = Math.max(stretch.first, stretch.end - CHUNK);
      if (from >= stretch.end) continue;
      const found = await searchChunk<T>(context, side, stretch, from, options.requestId);
      done += stretch.end - from;
      stretch.end = from;
      options.onProgress(done, total);
      if (found) return found;
    }
  }
  return null;
}

async function stretchesOf(
  context: Context,
  side: Side,
  { endpoints, since, requestId }: SearchOptions,
): Promise<Stretch[]> {
  const { admin } = await context.kafka();
  const stretches: Stretch[] = [];
  for (const endpoint of endpoints) {
    const topic = side === 'requests' ? endpoint.requestsTopic : endpoint.responsesTopic;
    const starts = await admin.offsetsForTime(topic, since);
    const ends = await admin.endOffsets(topic, 'committed');
    const likely = partitionOfKey(Buffer.from(requestId), ends.size);
    const ordered = [...ends].sort(([a], [b]) => Number(b === likely) - Number(a === likely) || a - b);
    for (const [partition, end] of ordered)
      stretches.push({ endpoint, topic, partition, first: Math.min(end, starts.get(partition) ?? 0), end });
  }
  return stretches;
}

async function searchChunk<T extends { requestId: string }>(
  context: Context,
  side: Side,
  { endpoint, topic, partition, end }: Stretch,
  from: number,
  requestId: string,
): Promise<FoundRecord<T> | null> {
  const reader = endpointReaders(await context.schemas(), endpoint)[side];
  const wanted = Buffer.from(requestId);
  const feed = new RecordFeed(await context.kafka(), topic, partition, from, end);
  const found: FoundRecord<T>[] = [];
  try {
    while (feed.next() || (await feed.more())) {
      const { buffer, valueStart, valueEnd, offset, timestamp, keyStart, keyEnd } = feed.at;
      if (valueStart < 0) continue;
      const value = buffer.subarray(valueStart, valueEnd);
      if (!value.includes(wanted)) continue;
      // Whoever wrote something unreadable beside it does not hide it.
      const data = (await reader.read(value).catch(passOver)) as T | null;
      if (data === null || !isMeant(data.requestId, requestId)) continue;
      const key = keyStart < 0 ? null : buffer.toString('utf8', keyStart, keyEnd);
      found.push({
        endpoint,
        place: { topic, partition, offset },
        at: timestamp,
        key,
        schemaId: schemaIdOf(value),
        data,
        times: 1 + found.filter((one) => one.data.requestId === data.requestId).length,
      });
    }
  } finally {
    await feed.close();
  }
  return found.at(-1) ?? null;
}

/** A call over REST has one id for all its rows, whose requests are named `<id>#<row>`. */
const isMeant = (requestId: string, wanted: string): boolean =>
  requestId === wanted || requestId.startsWith(`${wanted}#`);
