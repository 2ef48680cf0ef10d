import { silentLogger } from '@millrace/contracts';
import { brokerError } from '../client/kafka-error';
import type { ControlReader } from '../events/control-reader';
import { BroadcastReader } from './broadcast-reader';
import type { FetchedPartition, KafkaClient, KafkaRecord } from './kafka-ports';

/** A broker that keeps the offsets from `start` on, and says so to who asks for less. */
function brokerKeeping(start: number, end: number) {
  let position = 0;
  const sought: number[] = [];
  const partitions = {
    assign: (_topic: string, _partition: number, offset: number) => {
      position = offset;
    },
    seek: (_topic: string, _partition: number, offset: number) => {
      position = offset;
      sought.push(offset);
    },
    fetch: async (signal: AbortSignal): Promise<FetchedPartition[]> => {
      await new Promise(setImmediate);
      if (signal.aborted || position === end) return [];
      if (position < start) {
        const context = { topic: 't', partition: 0, offset: position, startOffset: start, endOffset: end };
        throw brokerError('Fetch', 1, 'the offset', context);
      }
      const offset = position++;
      let left = 1;
      const records = { next: () => left-- > 0, offset, record: () => ({ offset }) as KafkaRecord };
      return [{ topic: 't', partition: 0, fetchOffset: offset, nextOffset: offset + 1, records } as FetchedPartition];
    },
    close: async () => {},
  };
  const client = {
    partitionReader: () => partitions,
    // What ListOffsets said before retention took the beginning away.
    admin: { startOffsets: async () => new Map([[0, 0]]), endOffsets: async () => new Map([[0, end]]) },
  } as unknown as KafkaClient;
  return { client, sought };
}

describe('messaging > BroadcastReader', () => {
  it('goes on with the first record that retention left', async () => {
    const { client, sought } = brokerKeeping(3, 5);
    const handled: number[] = [];
    const reader = new BroadcastReader({
      client,
      topic: 't',
      from: 'first',
      reader: { read: async () => ({}) } as unknown as ControlReader,
      handle: (_, { offset }) => {
        handled.push(offset);
      },
      onPoison: async () => {},
      onTrouble: () => {},
      now: () => 0,
      logger: silentLogger,
    });
    reader.start();
    await reader.whenReady;
    await reader.stop();
    expect(handled).toEqual([3, 4]);
    expect(sought).toEqual([3]);
  });
});
