import { isLeftOut, leaveOut, leftOutBefore } from './leave-out';

const stretches = [
  { from: 10, to: 20 },
  { from: 30, to: 40 },
];

describe('training > domain > leave out', () => {
  it.each([
    [
      40,
      50,
      [
        { from: 10, to: 20 },
        { from: 30, to: 50 },
      ],
    ],
    [45, 50, [...stretches, { from: 45, to: 50 }]],
    [
      35,
      50,
      [
        { from: 10, to: 20 },
        { from: 30, to: 50 },
      ],
    ],
    [
      25,
      50,
      [
        { from: 10, to: 20 },
        { from: 25, to: 50 },
      ],
    ],
    [15, 50, [{ from: 10, to: 50 }]],
    [10, 50, [{ from: 10, to: 50 }]],
    [0, 50, [{ from: 0, to: 50 }]],
  ])('from %d to %d as well', (from, to, expected) => {
    expect(leaveOut(stretches, from, to)).toEqual(expected);
  });

  it('keeps what lies before an offset', () => {
    expect(leftOutBefore(stretches, 35)).toEqual([
      { from: 10, to: 20 },
      { from: 30, to: 35 },
    ]);
    expect(leftOutBefore(stretches, 30)).toEqual([{ from: 10, to: 20 }]);
    expect(leftOutBefore(stretches, 0)).toEqual([]);
  });

  it('knows the first offset of a stretch and not the one after it', () => {
    expect([9, 10, 19, 20, 29, 39, 40].map((offset) => isLeftOut(stretches, offset))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});
