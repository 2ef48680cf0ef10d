import { sampleOf, WindowClosed, type WindowColumn } from '@millrace/contracts';
import { watchWindow } from './watch-windows';

const column = (name: string, more: Partial<WindowColumn> = {}): WindowColumn => ({
  ...(sampleOf(WindowClosed).columns[0] as WindowColumn),
  name,
  drift: { psi: 0.01 },
  alarm: false,
  reason: null,
  ...more,
});
const window = (more: Partial<WindowClosed> = {}): WindowClosed => ({
  ...sampleOf(WindowClosed),
  endpoint: 'late',
  major: 1,
  time: 'EVENT',
  slice: null,
  rows: 100,
  columns: [column('distance'), column('origin', { alarm: true, reason: 'unseen categories rose' })],
  statuses: { PREDICTED: 90, FALLBACK: 4, REJECTED: 6 },
  ...more,
});
const rules = { unanswered: 0.05 };

describe('monitoring > rules on windows', () => {
  it('looks at every compared column and at the share of unanswered requests', () => {
    const observed = watchWindow(window(), 'id', rules);
    expect(observed.map(({ about, observation }) => [about.alert, observation.breach])).toEqual([
      ['late.v1/DRIFT/distance', false],
      ['late.v1/DRIFT/origin', true],
      ['late.v1/UNANSWERED/status', true],
    ]);
    expect(observed[1]?.observation.window).toMatchObject({
      event: 'id',
      figures: { psi: 0.01 },
      statement: 'origin: unseen categories rose',
    });
    expect(observed[2]?.observation.window).toMatchObject({
      threshold: 0.05,
      figures: { share: expect.closeTo(0.06, 12) },
    });
  });

  it.each<[string, number, Record<string, number>, boolean, boolean | null]>([
    ['a distribution as in training', 100, { psi: 0.3, psiNoise: 0.25, ks: 0.2 }, false, false],
    ['an alarm', 5, { psi: 3, psiNoise: 1 }, true, true],
    ['a shift that may be chance', 100, { psi: 0.4, psiNoise: 0.25 }, false, null],
    ['a rise that may be chance', 100, { psi: 0, psiNoise: 0, missingRise: 0.01, missingRiseP: 0.2 }, false, null],
    ['a rise too small to matter', 100, { psi: 0, psiNoise: 0, unseenRise: 0.004, unseenRiseP: 1e-9 }, false, false],
    ['hardly any rows', 19, { psi: 0, psiNoise: 0 }, false, null],
    ['no rows with a value', 100, { missingRise: 0 }, false, false],
  ])('takes %s for what it is', (_, rows, drift, alarm, breach) => {
    const columns = [column('distance', { drift, alarm })];
    const [first] = watchWindow(window({ rows, columns, statuses: { PREDICTED: rows } }), 'id', rules);
    expect(first?.observation.breach).toBe(breach);
  });

  it('says nothing about what is not compared, and about shares of few responses', () => {
    const columns = [column('departure', { drift: null, reason: 'time goes on by itself' })];
    expect(watchWindow(window({ columns, rows: 19, statuses: { REJECTED: 19 } }), 'id', rules)).toEqual([]);
  });

  it('keeps slices and time lines apart', () => {
    const slice = { feature: 'origin', value: 'SFO' };
    const [first] = watchWindow(window({ slice, time: 'SENT' }), 'id', rules);
    expect(first?.about).toMatchObject({ alert: 'late.v1/DRIFT/distance[origin=SFO]@sent', slice });
  });
});
