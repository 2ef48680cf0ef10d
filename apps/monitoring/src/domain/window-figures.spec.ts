import { avroOf, sampleOf, WindowClosed } from '@millrace/contracts';
import { WindowAccumulator, type WindowRow } from '@millrace/evaluation';
import { aLineage, aPlan, aProfile, aVersion } from './domain-fixtures';
import { COLUMNS_MAX, noReference, type Reference, referenceOf } from './reference';
import { figuresOf } from './window-figures';

function windowOf(reference: Reference, rows: readonly Partial<WindowRow>[]) {
  const window = new WindowAccumulator(reference.profile);
  for (const row of rows) window.add({ values: {}, status: 'PREDICTED', ...row });
  return window.state();
}

describe('monitoring > window figures', () => {
  const reference = referenceOf(aLineage());

  it('tells what came in each column, what was answered, and how fast', () => {
    const figures = figuresOf(
      reference,
      windowOf(reference, [
        { values: { FEATURE: { origin: 'SFO', distance: 10 }, PREDICTION: { probability: 0.07 } }, latencyMs: 10 },
        { values: { FEATURE: { origin: 'XXX', distance: 1_000 }, PREDICTION: { probability: 1 } }, latencyMs: 20 },
        { values: { FEATURE: { origin: null, distance: Number.NaN } }, status: 'REJECTED', modelAgeMs: 5 },
      ]),
    );
    expect(figures).toMatchObject({ rows: 3, statuses: { PREDICTED: 2, REJECTED: 1 }, lane: null });
    expect(figures.latency).toMatchObject({ count: 2, mean: 15, max: 20 });
    expect(figures.modelAge).toMatchObject({ count: 1, p99: 5 });
    const [origin, distance, , probability] = figures.columns;
    expect(origin).toMatchObject({
      count: 2,
      missing: 1,
      unseen: 1,
      unseenExamples: ['XXX'],
      top: [{ value: 'SFO', rows: 1 }],
    });
    expect(distance).toMatchObject({ count: 2, notANumber: 1, outOfRange: 1, cells: [1, 0, 0], max: 1_000 });
    expect(probability).toMatchObject({ role: 'PREDICTION', count: 2, outOfRange: 0, cells: { 1: 1, 19: 1 } });
  });

  it('shows values that no table could keep with U+FFFD', () => {
    const { columns } = figuresOf(reference, windowOf(reference, [{ values: { FEATURE: { origin: 'SFO\0x' } } }]));
    expect(columns[0]).toMatchObject({ name: 'origin', unseen: 1, unseenExamples: ['SFO\uFFFDx'] });
  });

  it('alarms when a distribution moves or unseen values rise, and says by how much', () => {
    const drawn = (index: number, origin: string, distance: number) => ({
      values: { FEATURE: { origin: index % 3 === 0 ? 'LAX' : origin, distance } },
    });
    const asTrained = Array.from({ length: 90 }, (_, index) =>
      drawn(index, 'SFO', index < 40 ? 5 : index < 70 ? 15 : 50),
    );
    const calm = figuresOf(reference, windowOf(reference, asTrained)).columns;
    expect(calm.map(({ name, alarm }) => [name, alarm])).toEqual([
      ['origin', false],
      ['distance', false],
      ['departure', false],
      ['probability', false],
    ]);
    expect(calm[1]).toMatchObject({ drift: { psi: expect.closeTo(0, 2), ksP: 1 }, reason: null });
    expect(calm[2]?.drift).toBeNull();
    const moved = Array.from({ length: 90 }, (_, index) => drawn(index, 'JFK', 50));
    const [origin, distance] = figuresOf(reference, windowOf(reference, moved)).columns;
    expect(distance).toMatchObject({ alarm: true, drift: { ks: expect.closeTo(0.78, 2) } });
    expect(distance?.reason).toMatch(/^the distribution moved: PSI 4\.\d+, of which chance explains 0\.0\d+$/);
    expect(origin?.drift?.unseenRise).toBeCloseTo(0.62, 2);
    expect(origin?.reason).toMatch(/unseen categories rose by 0\.617 of the rows/);
  });

  it('has figures of an empty window and of one without a version', () => {
    expect(figuresOf(reference, windowOf(reference, []))).toMatchObject({ rows: 0, statuses: {}, latency: null });
    const rows = [{ status: 'REJECTED', latencyMs: 1 }];
    expect(figuresOf(noReference, windowOf(noReference, rows))).toMatchObject({
      columns: [],
      statuses: { REJECTED: 1 },
    });
  });

  it('fits into an event at its largest', () => {
    const { signature } = aVersion();
    const name = (index: number) => `${'n'.repeat(60)}${index}`;
    const inputs = Array.from({ length: COLUMNS_MAX }, (_, index) => ({
      ...(signature.inputs[0] as (typeof signature.inputs)[number]),
      name: name(index),
      field: name(index),
    }));
    const features = inputs.map(({ field }) => ({ ...aPlan.features[0]!, name: field, column: field }));
    const top = Array.from({ length: 1_000 }, (_, index) => ({ value: '€'.repeat(80) + index, count: 1 }));
    const columns = inputs.map(({ field }) => ({ ...aProfile.columns[0]!, name: field, top, count: 1_000 }));
    const large = referenceOf(
      aLineage({
        version: aVersion({ signature: { ...signature, inputs } }),
        plan: { ...aPlan, features },
        profile: { digest: 'f'.repeat(64), content: { ...aProfile, columns } },
      }),
    );
    const row = (value: string) => ({
      values: { FEATURE: Object.fromEntries(inputs.map(({ field }) => [field, value])) },
    });
    const rows = [
      ...top.slice(0, 8).map(({ value }) => row(value)),
      ...['a', 'b', 'c'].map((end) => row('€'.repeat(90) + end)),
    ];
    const figures = figuresOf(large, windowOf(large, rows));
    expect(figures.columns).toHaveLength(COLUMNS_MAX);
    expect(avroOf(WindowClosed)).toBeDefined();
    const bytes = Buffer.byteLength(JSON.stringify({ ...sampleOf(WindowClosed), ...figures }));
    expect(bytes).toBeLessThan(1_048_576);
  });
});
