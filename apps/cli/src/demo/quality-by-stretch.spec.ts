import { qualityByStretch, type ToldQuality } from './quality-by-stretch';

const DAY = 86_400_000;
const MAY = Date.UTC(2001, 4, 1);
const window = (day: number, scored: number, rate: number, auc: number): ToldQuality => ({
  time: 'EVENT',
  start: MAY + day * DAY,
  end: MAY + (day + 1) * DAY,
  scored,
  estimates: { positiveRate: { value: rate }, auc: { value: auc } },
  holdOut: { rows: 50, auc: 0.8, positiveRate: 0.2 },
});

describe('cli > demo > quality by stretch', () => {
  it('puts the hold-out set before stretches of equal length, weighted by their examples', () => {
    const told = [
      window(0, 100, 0.1, 0.7),
      window(1, 300, 0.3, 0.6),
      window(2, 100, 0.2, 0.5),
      window(3, 100, 0.4, 0.5),
    ];
    const rows = qualityByStretch(told, 2);
    expect(rows.map(({ name, examples }) => [name, examples])).toEqual([
      ['hold-out set of the training', 50],
      ['2001-05-01 to 2001-05-02', 400],
      ['2001-05-03 to 2001-05-04', 200],
    ]);
    expect(rows[1]?.labelRate).toBeCloseTo(0.25, 12);
    expect(rows[2]?.labelRate).toBeCloseTo(0.3, 12);
    expect(rows[0]).toMatchObject({ auc: 0.8, labelRate: 0.2 });
    expect(rows[1]?.logLoss).toBeUndefined();
  });

  it('leaves out empty stretches, what has no event time, and everything when there is nothing', () => {
    const sent = { ...window(900, 5, 0.1, 0.5), time: 'SENT' };
    const rows = qualityByStretch([window(0, 10, 0.1, 0.5), window(9, 10, 0.1, 0.5), sent], 5);
    expect(rows.map(({ examples }) => examples)).toEqual([50, 10, 10]);
    expect(qualityByStretch([sent], 3)).toEqual([]);
  });
});
