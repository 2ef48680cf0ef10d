import { GUARD_TRIPS, GuardWatch } from './guard-watch';

type Refused = Parameters<GuardWatch['take']>[0];

/** Takes so many examples, and gives the trips after each that changed them, by number. */
function watched(examples: number, refusedAt: (number: number) => Refused, watch = new GuardWatch(), from = 1) {
  const changes: [number, string][] = [];
  for (let number = from, before = ''; number < from + examples; number++) {
    watch.take(refusedAt(number), number);
    const now = GUARD_TRIPS.filter((trip) => watch.isTripped(trip)).join();
    if (now !== before) changes.push([number, now]);
    before = now;
  }
  return changes;
}

describe('training > domain > GuardWatch', () => {
  it('says nothing of what a calibrated model meets', () => {
    expect(watched(50_000, (number) => (number % 112 === 0 ? 'LOSS_SPIKE' : null))).toEqual([]);
  });

  it('trips with the tenth spike in 1,000 examples, and is as usual again below five', () => {
    const spikes = (number: number): Refused => (number > 500 && number <= 510 ? 'LOSS_SPIKE' : null);
    expect(watched(3_000, spikes)).toEqual([
      [510, 'SPIKES'],
      [1_506, ''],
    ]);
  });

  it('trips with the first label that is none, for 1,000 examples after the last one', () => {
    const labels = (number: number): Refused =>
      number === 10 ? 'LABEL_OUT_OF_RANGE' : number === 700 ? 'LABEL_MISSING' : null;
    expect(watched(3_000, labels)).toEqual([
      [10, 'LABELS'],
      [1_700, ''],
    ]);
  });

  it('is in a burst as long as the guard says; a bad label amid it ends nothing', () => {
    const burst = (number: number): Refused =>
      number < 100 || number > 200 ? null : number === 150 ? 'LABEL_MISSING' : 'LOSS_BURST';
    expect(watched(3_000, burst)).toEqual([
      [100, 'BURST'],
      [150, 'BURST,LABELS'],
      [201, 'LABELS'],
      [1_150, ''],
    ]);
  });

  it('goes on from its state as if there had been no interruption', () => {
    const refused = (number: number): Refused =>
      number % 7 === 0
        ? 'LOSS_SPIKE'
        : number % 1_900 === 0
          ? 'LABEL_MISSING'
          : number % 50 === 1
            ? 'LOSS_BURST'
            : null;
    const whole = new GuardWatch();
    watched(5_000, refused, whole);
    const first = new GuardWatch();
    watched(2_345, refused, first);
    const second = new GuardWatch(JSON.parse(JSON.stringify(first.state())));
    watched(5_000 - 2_345, refused, second, 2_346);
    expect(second.state()).toEqual(whole.state());
  });
});
