import { LaneOutput } from './lane-output';

const kib = (count: number) => Buffer.alloc(count * 1_024, 'x');
const shapeOf = (out: LaneOutput) =>
  out
    .targets()
    .map(({ topic, partition, batches }) => [`${topic}/${partition}`, batches.map(({ recordCount }) => recordCount)]);

describe('messaging > LaneOutput', () => {
  it('gathers records by topic and partition', () => {
    const out = new LaneOutput().begin(0);
    out.produce('a', 0, null, kib(1));
    out.produce('b', 0, null, kib(1));
    out.produce('a', 0, null, kib(1));
    out.produce('a', 1, null, kib(1));
    expect(shapeOf(out)).toEqual([
      ['a/0', [2]],
      ['b/0', [1]],
      ['a/1', [1]],
    ]);
  });

  it('begins a new batch before one passes what a broker takes', () => {
    const out = new LaneOutput().begin(0);
    for (let i = 0; i < 10; i++) out.produce('a', 0, null, kib(300));
    expect(shapeOf(out)).toEqual([['a/0', [2, 2, 2, 2, 2]]]);
    for (const { batches } of out.targets())
      for (const { start, end } of batches) expect(end - start).toBeLessThan(1_048_576);
  });

  it('sends a record that is larger than a batch should be alone', () => {
    const out = new LaneOutput().begin(0);
    for (const size of [1, 1_000, 1]) out.produce('a', 0, null, kib(size));
    expect(shapeOf(out)).toEqual([['a/0', [1, 1, 1]]]);
  });

  it('forgets the transaction before', () => {
    const out = new LaneOutput().begin(0);
    for (let i = 0; i < 10; i++) out.produce('a', 0, null, kib(300));
    out.begin(1).produce('a', 0, null, kib(1));
    expect(shapeOf(out)).toEqual([['a/0', [1]]]);
    expect(shapeOf(out.begin(2))).toEqual([]);
  });

  it('copies: the caller may use its buffers again', () => {
    const out = new LaneOutput().begin(0);
    const value = Buffer.from('first');
    out.produce('a', 0, null, value);
    value.write('later');
    const [{ batches }] = out.targets();
    expect(batches[0].buffer.subarray(batches[0].start, batches[0].end).toString('latin1')).toContain('first');
  });
});
