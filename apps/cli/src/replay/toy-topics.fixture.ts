import {
  type EndpointCreated,
  PoisonError,
  type PredictionRequest,
  type PredictionResponse,
} from '@millrace/contracts';
import type { FetchedPartition, KafkaClient, RecordCursor } from '@millrace/messaging';
import type { EndpointReaders } from './join-partition';

/** A record of a toy topic: JSON, or text that is none. */
export interface ToyRecord {
  readonly offset: number;
  readonly value: string;
  readonly timestamp?: number;
}

export const toyEndpoint = { requestsTopic: 'requests', responsesTopic: 'responses' } as EndpointCreated;

/** A broker that holds one partition of some topics, and hands out a few records a fetch. */
export function toyKafka(topics: Readonly<Record<string, readonly ToyRecord[]>>, aFetch = 3): KafkaClient {
  const partitionReader = () => {
    let topic = '';
    let position = 0;
    return {
      assign: (name: string, _: number, from: number) => {
        topic = name;
        position = from;
      },
      position: () => position,
      fetch: async (): Promise<Partial<FetchedPartition>[]> => {
        const records = topics[topic]!.filter(({ offset }) => offset >= position).slice(0, aFetch);
        // Beyond the last record stands the marker of its transaction.
        position = records.length > 0 ? records.at(-1)!.offset + 1 : Number.MAX_SAFE_INTEGER;
        return records.length > 0 ? [{ nextOffset: position, records: cursorOf(records) }] : [];
      },
      close: async () => {},
    };
  };
  return { partitionReader } as unknown as KafkaClient;
}

function cursorOf(records: readonly ToyRecord[]): RecordCursor {
  let at = -1;
  const cursor = {
    next: () => {
      at++;
      const record = records[at];
      if (!record) return false;
      const buffer = Buffer.from(record.value);
      const { offset, timestamp = 0 } = record;
      Object.assign(cursor, { buffer, valueStart: 0, valueEnd: buffer.length, offset, timestamp });
      return true;
    },
    offset: -1,
    keyStart: -1,
    keyEnd: -1,
  };
  return cursor as unknown as RecordCursor;
}

const reader = {
  unlearned: () => null,
  decode: (value: Buffer) => {
    try {
      return JSON.parse(value.toString());
    } catch {
      throw new PoisonError({ code: 'UNREADABLE', message: 'not JSON' });
    }
  },
};
export const toyReaders = { requests: reader, responses: reader } as unknown as EndpointReaders;

export const toyRequest = (offset: number): ToyRecord => ({
  offset,
  value: JSON.stringify({ requestId: `q${offset}` } satisfies Partial<PredictionRequest>),
});

export const toyResponse = (offset: number, requestOffset: number): ToyRecord => ({
  offset,
  value: JSON.stringify({ requestId: `q${requestOffset}`, requestOffset } satisfies Partial<PredictionResponse>),
});
