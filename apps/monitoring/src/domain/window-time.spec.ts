import fc from 'fast-check';
import { closingTime, oldestKept, type PartitionClock, placeOf, startOf, type WindowRules } from './window-time';

const rules: WindowRules = {
  widthMs: 10,
  latenessMs: 5,
  horizonMs: 20,
  aheadMs: 100,
  kept: 4,
  idleMs: 1_000,
};
const clock = (watermark: number | null, touchedAt: number | null, behind = false): PartitionClock => ({
  watermark,
  touchedAt,
  behind,
});

describe('monitoring > window time', () => {
  it('places rows by event time, before 1970 too, and by the time of sending where there is none', () => {
    expect(startOf(-1, 10)).toBe(-10);
    expect(placeOf(25, 1_000, rules)).toEqual({ time: 'EVENT', at: 25, start: 20 });
    expect(placeOf(null, 1_000, rules)).toEqual({ time: 'SENT', at: 1_000, start: 1_000 });
    expect(placeOf(1_100, 1_000, rules)).not.toBeNull();
    expect(placeOf(1_101, 1_000, rules)).toBeNull();
  });

  it('closes by the slowest partition that still speaks', () => {
    const now = 10_000;
    expect(closingTime([clock(50, now), clock(70, now)], now, 0, 1_000)).toBe(50);
    // Silent and read to its end: it holds nothing up. Behind: it does, however long it is silent.
    expect(closingTime([clock(50, now - 1_001), clock(70, now)], now, 0, 1_000)).toBe(70);
    expect(closingTime([clock(50, now - 1_001, true), clock(70, now)], now, 0, 1_000)).toBe(50);
    // A partition that never spoke is waited for once, after the process began.
    expect(closingTime([clock(null, null), clock(70, now)], now, now - 1_000, 1_000)).toBe(Number.NEGATIVE_INFINITY);
    expect(closingTime([clock(null, null), clock(70, now)], now, now - 1_001, 1_000)).toBe(70);
    // What was silent before a restart may have spoken meanwhile.
    expect(closingTime([clock(50, 0), clock(70, now)], now, now, 1_000)).toBe(50);
  });

  it('closes by the latest time when all are silent', () => {
    expect(closingTime([clock(50, 0), clock(70, 0), clock(null, null)], 10_000, 0, 1_000)).toBe(70);
    expect(closingTime([clock(null, null)], 10_000, 0, 1_000)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('keeps the same windows with the same rows, however partitions are read beside each other', () => {
    const logs = fc.array(fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 12 }), {
      minLength: 3,
      maxLength: 3,
    });
    const choices = fc.array(fc.nat(2), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(logs, choices, choices, (partitions, one, other) => {
        expect(keptAfter(partitions, one)).toEqual(keptAfter(partitions, other));
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });
});

/** Reads all of three partitions in the order of `choices`, as WindowFold does, one row a batch. @returns start -> rows */
function keptAfter(partitions: readonly (readonly number[])[], choices: readonly number[]): Record<string, number> {
  const windows = new Map<number, number>();
  const watermarks: (number | null)[] = partitions.map(() => null);
  const next = partitions.map(() => 0);
  const oldest = () => oldestKept(watermarks, [...windows.keys()], rules);
  const take = (partition: number) => {
    const at = partitions[partition]?.[next[partition]++];
    if (at === undefined) return;
    const start = startOf(at, rules.widthMs);
    if (start >= oldest()) windows.set(start, (windows.get(start) ?? 0) + 1);
    watermarks[partition] = Math.max(watermarks[partition] ?? Number.NEGATIVE_INFINITY, at);
    const first = oldest();
    for (const known of [...windows.keys()]) if (known < first) windows.delete(known);
  };
  for (const choice of choices) take(choice);
  partitions.forEach((rows, partition) => {
    for (const _ of rows) take(partition);
  });
  return Object.fromEntries([...windows].sort((a, b) => a[0] - b[0]));
}
