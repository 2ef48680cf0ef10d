import { UsageTally } from './usage-tally';

const at = (time: string, status: 'PREDICTED' | 'REJECTED' = 'PREDICTED') => ({ decidedAt: Date.parse(time), status });

describe('cli > usage > UsageTally', () => {
  it('counts per day in UTC and declared caller, by status, whoever declares none last', () => {
    const tally = new UsageTally();
    tally.count(at('2026-11-25T00:00:00.000Z'), 'web');
    tally.count(at('2026-11-24T23:59:59.999Z'), 'web');
    tally.count(at('2026-11-25T12:00:00Z', 'REJECTED'), 'web');
    tally.count(at('2026-11-25T12:00:00Z'), null);
    tally.count(at('2026-11-25T12:00:00Z'), 'batch');
    tally.countTrimmed(at('2026-11-25T13:00:00Z'));
    expect(tally.all()).toEqual([
      { day: '2026-11-24', caller: 'web', requests: 1, trimmed: 0, statuses: { PREDICTED: 1 } },
      { day: '2026-11-25', caller: 'batch', requests: 1, trimmed: 0, statuses: { PREDICTED: 1 } },
      { day: '2026-11-25', caller: 'web', requests: 2, trimmed: 0, statuses: { PREDICTED: 1, REJECTED: 1 } },
      { day: '2026-11-25', caller: null, requests: 2, trimmed: 1, statuses: { PREDICTED: 2 } },
    ]);
  });

  it('tells apart callers that look alike', () => {
    const tally = new UsageTally();
    for (const caller of ['null', '', null, '","', '__proto__']) tally.count(at('2026-11-25T12:00:00Z'), caller);
    expect(tally.all().map(({ caller, requests }) => [caller, requests])).toEqual([
      ['', 1],
      ['","', 1],
      ['__proto__', 1],
      ['null', 1],
      [null, 1],
    ]);
  });
});
