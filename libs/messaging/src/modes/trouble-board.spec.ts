import { TroubleBoard } from './trouble-board';

describe('messaging > TroubleBoard', () => {
  const told: (string | null)[] = [];
  const board = new TroubleBoard((error) => told.push(error?.message ?? null));

  it('stays ill until every place is well', () => {
    board.set('a', new Error('a is ill'));
    board.set('b', new Error('b is ill'));
    board.set('a', null);
    board.set('b', null);
    expect(told).toEqual(['a is ill', 'a is ill', 'b is ill', null]);
    expect(board.first()).toBeNull();
  });

  it('says nothing when a well place is said to be well', () => {
    const before = told.length;
    board.set('c', null);
    expect(told).toHaveLength(before);
  });
});
