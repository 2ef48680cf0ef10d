import { seededRandom } from '@millrace/testing';
import {
  type Answered,
  type GroundTruth,
  type JoinState,
  nothingKnown,
  takeOutcome,
  takeResponse,
} from './join-outcomes';

const HORIZON = 1_000;
const answered = (change: Partial<Answered> = {}): Answered => ({
  partition: 2,
  requestOffset: 7,
  responseOffset: 9,
  at: 5_000,
  ...change,
});
const truth = (change: Partial<GroundTruth> = {}): GroundTruth => ({
  partition: 1,
  offset: 3,
  at: 5_500,
  eventTime: null,
  label: 1,
  ...change,
});

describe('ingestion/domain/join-outcomes', () => {
  it('joins whichever half comes first', () => {
    const early = takeOutcome(nothingKnown, truth(), HORIZON);
    expect(early.effect).toBe('waits');
    expect(takeResponse(early.state, answered(), HORIZON).effect).toBe('joins');
    const usual = takeResponse(nothingKnown, answered(), HORIZON);
    expect(usual.effect).toBe('waits');
    expect(takeOutcome(usual.state, truth(), HORIZON).effect).toBe('joins');
  });

  it('lets the first of several count', () => {
    const both: JoinState = { answered: answered(), truth: truth() };
    expect(takeOutcome(both, truth({ offset: 4 }), HORIZON)).toEqual({ state: both, effect: 'repeated' });
    expect(takeOutcome(both, truth({ offset: 4, label: 0 }), HORIZON)).toEqual({ state: both, effect: 'contradicts' });
    expect(takeResponse(both, answered({ responseOffset: 12 }), HORIZON)).toEqual({ state: both, effect: 'repeated' });
  });

  it('takes no outcome that comes later than the horizon after the response', () => {
    const waiting = takeResponse(nothingKnown, answered(), HORIZON).state;
    expect(takeOutcome(waiting, truth({ at: 6_000 }), HORIZON).effect).toBe('joins');
    expect(takeOutcome(waiting, truth({ at: 6_001 }), HORIZON)).toEqual({ state: waiting, effect: 'too-late' });
    // It is no outcome, so a later one does not contradict it.
    expect(takeOutcome(waiting, truth({ at: 5_900, label: 0 }), HORIZON).effect).toBe('joins');
  });

  it('knows an outcome as too late also when it is read before its response', () => {
    const early = takeOutcome(nothingKnown, truth({ at: 6_001 }), HORIZON).state;
    expect(takeResponse(early, answered(), HORIZON)).toEqual({
      state: { answered: answered(), truth: null },
      effect: 'too-late',
    });
  });

  it('joins once at most, in any order of anything', () => {
    const random = seededRandom(41);
    for (let round = 0; round < 2_000; round++) {
      let state: JoinState = nothingKnown;
      const effects: string[] = [];
      for (let step = 0; step < 8; step++) {
        const taken: { state: JoinState; effect: string } =
          random() < 0.4
            ? takeResponse(state, answered({ responseOffset: step }), HORIZON)
            : takeOutcome(state, truth({ at: 4_000 + random() * 3_000, label: random() < 0.5 ? 0 : 1 }), HORIZON);
        state = taken.state;
        effects.push(taken.effect);
      }
      const joins = effects.filter((effect) => effect === 'joins').length;
      expect(joins).toBe(state.answered && state.truth ? 1 : 0);
    }
  });
});
