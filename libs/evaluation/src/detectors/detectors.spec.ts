import fc from 'fast-check';
import { seeded } from '../fixtures/seeded';
import { Adwin } from './adwin';
import { DETECTORS } from './catalogue';
import type { ChangeDetector, DetectorName } from './change-detector';
import { Ddm } from './ddm';
import { PageHinkley } from './page-hinkley';

const CHANGE_AT = 5_000;
const RUNS = 100;

const make = (name: DetectorName): ChangeDetector => (DETECTORS.get(name) as () => ChangeDetector)();

/** Errors with probability 0.2, from 5,000 on 0.35. */
function* errors(run: number, length = 8_000): Generator<number> {
  const uniform = seeded(run * 104_729);
  for (let i = 0; i < length; i++) yield uniform() < (i < CHANGE_AT ? 0.2 : 0.35) ? 1 : 0;
}

/** Places in the stream where a change was found. */
function findings(detector: ChangeDetector, values: Iterable<number>): number[] {
  const found: number[] = [];
  let at = 0;
  for (const value of values) {
    if (detector.add(value) !== null) found.push(at);
    at++;
  }
  return found;
}

/** Over 100 runs: runs with a false alarm before the change, and values from the change to the finding (infinite where there is none). */
function record(name: DetectorName) {
  const runs = Array.from({ length: RUNS }, (_, run) => findings(make(name), errors(run + 1)));
  const delays = runs
    .map((found) => (found.find((at) => at >= CHANGE_AT) ?? Number.POSITIVE_INFINITY) - CHANGE_AT + 1)
    .sort((a, b) => a - b);
  return {
    runs,
    falseAlarms: runs.filter(([first]) => first < CHANGE_AT).length,
    missed: delays.filter((delay) => delay === Number.POSITIVE_INFINITY).length,
    medianDelay: (delays[RUNS / 2 - 1] + delays[RUNS / 2]) / 2,
  };
}

describe('evaluation > detectors on the Bernoulli stream 0.2 -> 0.35 at 5,000, 100 runs', () => {
  it('ADWIN has no false alarm, a median delay of at most 260, and tells of the change once', () => {
    const { falseAlarms, medianDelay, missed, runs } = record('adwin');
    expect([falseAlarms, missed]).toEqual([0, 0]);
    expect(medianDelay).toBeLessThanOrEqual(260);
    expect(runs.every((found) => found.length === 1)).toBe(true);
  });

  it('Page-Hinkley finds it after about threshold / (0.15 - delta) values at the latest, with few false alarms', () => {
    const { falseAlarms, medianDelay, missed } = record('page-hinkley');
    expect(missed).toBe(0);
    expect(medianDelay).toBeLessThanOrEqual(50 / (0.15 - 0.005));
    expect(falseAlarms).toBeLessThanOrEqual(3);
  });

  it('DDM is slow after a long calm and often wrong at the beginning, as its rule of three deviations makes it', () => {
    const { falseAlarms, medianDelay, missed } = record('ddm');
    expect([falseAlarms, missed, medianDelay]).toEqual([20, 15, 593.5]);
  });

  // First findings in runs 1 to 12 by River 0.26.1 (ADWIN(), PageHinkley(mode="up"), binary.DDM()).
  it.each<[DetectorName, (number | undefined)[]]>([
    ['adwin', [5247, 5183, 5279, 5215, 5279, 5055, 5247, 5119, 5247, 5183, 5183, 5151]],
    ['page-hinkley', [5230, 5303, 5284, 5201, 5296, 5117, 5275, 5274, 5291, 5333, 5192, 5255]],
    ['ddm', [6689, 47, undefined, 6332, 465, 112, 5349, 74, 5664, 5927, 232, 5323]],
  ])('%s finds what River finds', (name, expected) => {
    expect(expected.map((_, run) => findings(make(name), errors(run + 1))[0])).toEqual(expected);
  });
});

describe.each([...DETECTORS.keys()])('evaluation > detectors > conformance of %s', (name) => {
  const values = [...errors(7, 9_000)];

  it('goes on from its state as if nothing had been, wherever it is stopped', () => {
    const whole = make(name);
    const expected = values.map((value) => whole.add(value));
    const uniform = seeded(3);
    const stops = new Set(Array.from({ length: 20 }, () => Math.floor(uniform() * values.length)));
    let detector = make(name);
    const found = values.map((value, at) => {
      if (stops.has(at)) {
        const next = make(name);
        next.restore(JSON.parse(JSON.stringify(detector.state())));
        expect(next.state()).toEqual(detector.state());
        detector = next;
      }
      return detector.add(value);
    });
    expect(found).toEqual(expected);
    expect(expected).toContain('ROSE');
    expect(detector.state()).toEqual(whole.state());
  });

  it('keeps a bounded state of finite numbers, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 400 }), (given) => {
        const detector = make(name);
        for (const value of given) detector.add(value);
        const state = detector.state();
        expect(state.length).toBeLessThanOrEqual(detector.mostNumbers);
        expect(state.every(Number.isFinite)).toBe(true);
        make(name).restore(state);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('passes over NaN, and takes what is beyond 0 and 1 for 0 and 1', () => {
    const [given, same] = [make(name), make(name)];
    for (const value of [Number.NaN, -3, 7, Number.POSITIVE_INFINITY]) given.add(value);
    for (const value of [0, 1, 1]) same.add(value);
    expect(given.state()).toEqual(same.state());
  });

  it('is calm on a stream that never changes', () => {
    for (const level of [0, 0.5, 1]) expect(findings(make(name), new Array(3_000).fill(level))).toEqual([]);
  });

  it('refuses the state of another and stays as it was', () => {
    const detector = make(name);
    for (const value of values.slice(0, 300)) detector.add(value);
    const before = detector.state();
    const others = [[], [1], [...before, 0.5], before.map(() => Number.NaN), before.map((n) => -1 - n)];
    for (const other of others) {
      expect(() => detector.restore(other)).toThrow(expect.objectContaining({ code: 'EVALUATION_STATE_MISMATCH' }));
    }
    expect(detector.state()).toEqual(before);
  });
});

describe('evaluation > detectors', () => {
  it('ADWIN says which way the mean went, and then holds what came after', () => {
    const detector = new Adwin({ clock: 1 });
    const uniform = seeded(5);
    const stream = (length: number, rate: number) => Array.from({ length }, () => (uniform() < rate ? 1 : 0));
    const rise = [...stream(2_000, 0.1), ...stream(1_000, 0.6)].map((value) => detector.add(value));
    expect(rise.filter((change) => change !== null)).toEqual(['ROSE']);
    expect(detector.width).toBeLessThan(1_100);
    expect(detector.mean).toBeCloseTo(0.6, 1);
    expect(stream(1_000, 0.1).map((value) => detector.add(value))).toContain('FELL');
  });

  it('ADWIN holds ten thousand values in a few dozen buckets', () => {
    const detector = new Adwin();
    for (let i = 0; i < 10_000; i++) detector.add(0.5);
    expect(detector.width).toBe(10_000);
    expect(detector.state().length).toBeLessThan(160);
  });

  it.each([
    ['delta = 0', () => new Adwin({ delta: 0 })],
    ['clock = NaN', () => new Adwin({ clock: Number.NaN })],
    ['threshold = -1', () => new PageHinkley({ threshold: -1 })],
    ['alpha = 2', () => new PageHinkley({ alpha: 2 })],
    ['deviations = 0', () => new Ddm({ deviations: 0 })],
  ])('refuses %s', (fault, construct) => {
    expect(construct).toThrow(fault);
  });
});
