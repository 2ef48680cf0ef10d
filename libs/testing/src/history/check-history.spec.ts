import { seededRandom } from '../given-when-then';
import { assertCleanHistory, checkHistory } from './check-history';
import { OperationRecorder } from './operation-recorder';
import { Chance, generateHistory } from './planting/generate-history';
import { PLANTED_FAULTS } from './planting/planted-faults';
import { INVARIANTS } from './violation';

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

describe('testing/history/clean', () => {
  it('100 clean histories: no alarm, and much was looked at', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { broken, seen } = checkHistory(generateHistory(seed));
      expect({ seed, broken }).toEqual({ seed, broken: [] });
      for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
      expect(seen.responses).toBeGreaterThan(40);
    }
  });

  it('the same seed makes the same history', () => {
    expect(generateHistory(7)).toEqual(generateHistory(7));
    expect(generateHistory(7)).not.toEqual(generateHistory(8));
  });
});

describe('testing/history/planted-faults', () => {
  it('there are enough kinds, and every invariant has some', () => {
    expect(PLANTED_FAULTS.length).toBeGreaterThanOrEqual(16);
    expect(new Set(PLANTED_FAULTS.map((fault) => fault.name)).size).toBe(PLANTED_FAULTS.length);
    expect(new Set(PLANTED_FAULTS.flatMap((fault) => fault.breaks))).toEqual(new Set(Object.keys(INVARIANTS)));
  });

  describe.each(PLANTED_FAULTS)('$name', ({ plant, breaks }) => {
    it.each(SEEDS)('seed %i', (seed) => {
      const draft = generateHistory(seed);
      plant(draft, new Chance(seededRandom(seed * 7_919)));
      const { broken } = checkHistory(draft);
      expect(broken.map((one) => one.invariant).sort()).toEqual([...breaks].sort());
      for (const { first } of broken) expect(first.message).not.toBe('');
    });
  });
});

describe('testing/history/report', () => {
  it('names the invariant, the first offending record and what is wrong', () => {
    const draft = generateHistory(1);
    const response = draft.logs.find((log) => log.topic.includes('responses'))?.committed[3];
    if (response) Object.assign(response, { revision: 0, model: undefined });
    expect(() => assertCleanHistory(draft)).toThrow(
      /^The history is not clean\.\nRELEASE_REVISION_MONOTONIC \(.*\) broken 1 times, first: serve\.flights\.responses\.v1\/0\/\d+ \(request-\d+\): release revision 0 follows \d+$/,
    );
  });

  it('a run in which too little happened is not clean', () => {
    const draft = generateHistory(1);
    expect(assertCleanHistory(draft, { responses: 40 }).broken).toEqual([]);
    expect(() => assertCleanHistory(draft, { responses: 100_000 })).toThrow('Too little happened');
  });
});

describe('testing/history/operation-recorder', () => {
  it('orders invocations and completions; what never ends is unknown', () => {
    const recorder = new OperationRecorder();
    const what = { process: 'p', topic: 't', recordId: 'r', digest: 'd' };
    const [one, two] = [recorder.invoke(what), recorder.invoke(what)];
    recorder.invoke(what);
    two.ok({ topic: 't', partition: 0, offset: 1 });
    one.fail();
    expect(recorder.operations.map(({ invoked, completed, outcome }) => [invoked, completed, outcome])).toEqual([
      [1, 5, 'fail'],
      [2, 4, 'ok'],
      [3, null, 'info'],
    ]);
    expect(() => two.info()).toThrow('ended already');
  });
});
