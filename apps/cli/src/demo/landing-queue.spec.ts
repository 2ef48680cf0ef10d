import { LandingQueue } from './landing-queue';

describe('cli > demo > LandingQueue', () => {
  it('gives what is known, in order of time and, among equals, of arrival', () => {
    const queue = new LandingQueue<{ at: number; name: string }>();
    for (const [at, name] of [
      [5, 'a'],
      [1, 'b'],
      [9, 'c'],
      [1, 'd'],
      [5, 'e'],
    ] as const)
      queue.push({ at, name });
    expect([...queue.takeUntil(5)].map((one) => one.name).join('')).toBe('bdae');
    expect(queue.size).toBe(1);
  });

  it('agrees with sorting on many values', () => {
    const queue = new LandingQueue<{ at: number }>();
    const values = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 1_009);
    for (const at of values) queue.push({ at });
    expect([...queue.takeUntil(Number.POSITIVE_INFINITY)].map((one) => one.at)).toEqual(
      [...values].sort((a, b) => a - b),
    );
  });
});
