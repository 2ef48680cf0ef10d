/** A clock that moves only when it is told to. Fits every `Clock` of the workspace. */
export interface FakeClock {
  /** Milliseconds since 1970. */
  now(): number;
  advance(ms: number): void;
  set(ms: number): void;
}

export const TEST_EPOCH = Date.UTC(2001, 0, 1);

export function fakeClock(startMs: number = TEST_EPOCH): FakeClock {
  let time = startMs;
  return {
    now: () => time,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError('A clock goes forward: use set() to test clocks that do not.');
      time += ms;
    },
    set(ms) {
      time = ms;
    },
  };
}
