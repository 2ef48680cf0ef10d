import { murmur2, partitionOfKey } from './murmur2';

describe('messaging/producer/murmur2', () => {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('agrees with the partitioner of kafkajs, which follows the Java client, on bytes of every value', () => {
    const { Partitioners } = jest.requireActual<typeof import('kafkajs')>('kafkajs');
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId, leader: 1 }));
    const partitioner = Partitioners.DefaultPartitioner();
    for (let i = 0; i < 1_000; i++) {
      const key = Buffer.from(Array.from({ length: i % 13 }, (_, at) => (i * 31 + at * 97) & 0xff));
      const theirs = partitioner({
        topic: 't',
        partitionMetadata: partitionMetadata as never,
        message: { key, value: null },
      });
      expect(partitionOfKey(key, 7)).toBe(theirs);
    }
  });
});
