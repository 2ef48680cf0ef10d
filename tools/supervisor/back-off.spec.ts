import { isCrashLoop, LONGEST_DELAY_MS, restartDelay } from './back-off.cjs';

describe('supervisor/back-off', () => {
  test('the delay doubles up to 30 s, and half of it is random', () => {
    expect([1, 2, 3, 4].map((deaths) => restartDelay(deaths, () => 0))).toEqual([125, 250, 500, 1000]);
    expect(restartDelay(1, () => 0.999999)).toBe(250);
    expect(restartDelay(1_000_000, () => 0.999999)).toBe(LONGEST_DELAY_MS);
  });

  test('five deaths within a minute are a crash loop, four or slower ones are not', () => {
    expect(isCrashLoop([0, 1, 2, 3])).toBe(false);
    expect(isCrashLoop([0, 15_000, 30_000, 45_000, 60_000])).toBe(true);
    expect(isCrashLoop([0, 15_000, 30_000, 45_000, 60_001])).toBe(false);
    expect(isCrashLoop([0, 100_000, 100_001, 100_002, 100_003, 100_004])).toBe(true);
  });
});
