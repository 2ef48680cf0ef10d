import { asDenseAs, driftSaid, inKilometres, PLANTED, plantedWindows } from './planted';

const DAY_MS = 86_400_000;
const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const column = (name: string, alarm: boolean) => ({ name, psi: alarm ? 0.4 : 0.01, alarm, reason: null });

describe('cli/demo/planted', () => {
  it('is kilometres, whole as the miles were', () => {
    expect([0, 1, 2_586].map(inKilometres)).toEqual([0, 2, 4_162]);
  });

  it('begins where the ordinary demo ends: records on the first of May, requests in July', () => {
    const { records, requests } = PLANTED;
    expect(records.from + records.laterMs).toBe(day('2001-05-01'));
    expect(requests.from + requests.laterMs).toBe(day('2001-07-03'));
    expect((requests.before - requests.from) / DAY_MS).toBe(4);
  });

  it('sends as many records as make three in five of the next data set', () => {
    const rows = 39_600;
    expect(asDenseAs(rows) / (asDenseAs(rows) + rows)).toBeCloseTo(0.6, 6);
    expect(asDenseAs(2_500_000)).toBe(3_000_000);
  });

  it('finds what a verdict says about distances, and nothing else', () => {
    const drift = { kind: 'DRIFT', column: 'distance', reason: 'has moved' };
    expect(driftSaid({ broken: [{ kind: 'MEAN_BETWEEN', column: 'distance', reason: 'mean' }, drift] })).toBe(
      'has moved',
    );
    expect(driftSaid({ broken: [{ ...drift, column: 'origin' }] })).toBeNull();
    expect(driftSaid(undefined)).toBeNull();
  });

  it('picks the windows of the planted days', () => {
    const windows = ['2001-06-30', '2001-07-03', '2001-07-04', '2001-07-07'].map((text) => ({
      start: day(text),
      rows: 10,
      columns: [column('origin', false), column('distance', text === '2001-07-04')],
    }));
    expect(plantedWindows(windows)).toEqual([
      { start: day('2001-07-03'), rows: 10, psi: 0.01, alarm: false, reason: null },
      { start: day('2001-07-04'), rows: 10, psi: 0.4, alarm: true, reason: null },
    ]);
  });
});
