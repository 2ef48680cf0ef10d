import type { RecordCursor } from './kafka-ports';
import { SlicedCursor } from './sliced-cursor';

/** A cursor over records at these offsets. */
function cursorOf(...offsets: number[]): RecordCursor {
  let at = -1;
  return {
    next: () => ++at < offsets.length,
    get offset() {
      return offsets[at];
    },
  } as unknown as RecordCursor;
}

/** Everything that the slices hold, read as a lane reads it. */
function slicesOf(cursor: SlicedCursor): number[][] {
  const slices: number[][] = [];
  while (cursor.nextSlice()) {
    const slice: number[] = [];
    while (cursor.next()) slice.push(cursor.offset);
    slices.push(slice);
  }
  return slices;
}

describe('messaging > SlicedCursor', () => {
  it.each([
    [[], []],
    [[5], [[5]]],
    [[5, 6, 9], [[5, 6, 9]]],
    [
      [5, 6, 9, 10],
      [[5, 6, 9], [10]],
    ],
    [
      [1, 2, 3, 4, 5, 6],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
  ])('deals %j out as %j', (offsets, slices) => {
    expect(slicesOf(new SlicedCursor(cursorOf(...offsets), 3))).toEqual(slices);
  });

  it('stands on the first record of the next slice before anything of it is read', () => {
    const cursor = new SlicedCursor(cursorOf(5, 6, 9), 2);
    expect(cursor.nextSlice()).toBe(true);
    while (cursor.next());
    expect(cursor.count).toBe(2);
    expect(cursor.nextSlice()).toBe(true);
    expect([cursor.offset, cursor.count]).toEqual([9, 0]);
  });

  it.each([[0], [1]])('refuses to go on when %i of 2 records were read', (read) => {
    const cursor = new SlicedCursor(cursorOf(5, 6, 9), 2);
    cursor.nextSlice();
    for (let i = 0; i < read; i++) cursor.next();
    expect(() => cursor.nextSlice()).toThrow('before it had read all records');
  });

  it('deals out nothing from the end on', () => {
    expect(slicesOf(new SlicedCursor(cursorOf(1, 2, 5, 6), 2, 6))).toEqual([[1, 2], [5]]);
    expect(slicesOf(new SlicedCursor(cursorOf(1, 2, 5, 6), 2, 3))).toEqual([[1, 2]]);
    expect(slicesOf(new SlicedCursor(cursorOf(1, 2), 2, 1))).toEqual([]);
  });
});
