import { AbortedTransactions } from './aborted-transactions';

describe('messaging/records/aborted-transactions', () => {
  it('covers a producer from its first offset to its marker, whatever the order of the list', () => {
    const aborted = new AbortedTransactions([
      { producerId: 2n, firstOffset: 5 },
      { producerId: 1n, firstOffset: 0 },
    ]);
    expect(aborted.covers(1n, 0)).toBe(true);
    expect(aborted.covers(2n, 4)).toBe(false);
    expect(aborted.covers(2n, 5)).toBe(true);
    aborted.close(2n, 6);
    expect(aborted.covers(2n, 7)).toBe(false);
    expect(aborted.covers(1n, 7)).toBe(true);
    aborted.close(1n, 8);
    expect(aborted.covers(1n, 9)).toBe(false);
  });

  it('opens the second aborted transaction of the same producer after the marker of the first', () => {
    const aborted = new AbortedTransactions([
      { producerId: 1n, firstOffset: 0 },
      { producerId: 1n, firstOffset: 10 },
    ]);
    expect(aborted.covers(1n, 3)).toBe(true);
    aborted.close(1n, 4);
    expect(aborted.covers(1n, 9)).toBe(false);
    expect(aborted.covers(1n, 12)).toBe(true);
  });

  it('counts a batch whose first records were compacted away by its last offset', () => {
    expect(new AbortedTransactions([{ producerId: 1n, firstOffset: 3 }]).covers(1n, 5)).toBe(true);
  });
});
