import { textOf } from './print';

describe('cli > terminal > textOf', () => {
  it.each([
    [null, '-'],
    [undefined, '-'],
    [7, '7'],
    [0.298765432, '0.29877'],
    [false, 'false'],
    ['words', 'words'],
    [[], 'none'],
    [{}, 'none'],
    [['a', 0.5], 'a, 0.50000'],
    [{ arm: 'main', batch: { index: 1, size: 9 } }, 'arm main, batch (index 1, size 9)'],
    [
      [
        { name: 'origin', closed: null },
        { name: 'x', closed: [] },
      ],
      '(name origin, closed -), (name x, closed none)',
    ],
  ])('says %j as "%s"', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});
