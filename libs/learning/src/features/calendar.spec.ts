import { Random } from '../random';
import { calendarPart } from './calendar';

const parts = ['minute-of-day', 'hour-of-day', 'day-of-week', 'month', 'day-of-year'] as const;

/** The same parts by the platform's calendar. */
function byDate(ms: number): number[] {
  const date = new Date(ms);
  const newYear = new Date(0);
  newYear.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return [
    date.getUTCHours() * 60 + date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDay(),
    date.getUTCMonth() + 1,
    Math.floor((ms - newYear.getTime()) / 86_400_000) + 1,
  ];
}
const ours = (ms: number) => parts.map((part) => calendarPart(part, ms));

describe('learning > features > calendarPart', () => {
  it.each([
    '1970-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '2000-02-29T12:00:00.000Z',
    '2001-03-01T00:00:00.000Z',
    '2001-12-31T23:59:00.000Z',
    '1900-02-28T01:00:00.000Z',
    '1900-12-31T01:00:00.000Z',
    '2100-03-01T05:06:07.008Z',
    '2004-12-31T00:00:00.000Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ])('agrees with the platform on %s', (text) => {
    expect(ours(Date.parse(text))).toEqual(byDate(Date.parse(text)));
  });
  it('agrees with the platform on 5,000 moments of 4,000 years', () => {
    const random = new Random(3);
    for (let i = 0; i < 5000; i++) {
      const ms = Math.floor((random.uniform() - 0.5) * 4000 * 365.25 * 86_400_000);
      expect([ms, ...ours(ms)]).toEqual([ms, ...byDate(ms)]);
    }
  });
});
