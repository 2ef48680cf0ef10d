import { fakeClock, TEST_EPOCH } from './fake-clock';
import { givenWhenThen } from './given-when-then';
import { seededIds, seededRandom } from './seeded';

type Opened = { type: 'Opened'; limit: number };
type Drawn = { type: 'Drawn'; amount: number; version: number };
type Account = { limit: number; drawn: number[] };

const initial = (): Account => ({ limit: 0, drawn: [] });
const evolve = (state: Account, event: Opened | Drawn): Account =>
  event.type === 'Opened' ? { ...state, limit: event.limit } : { ...state, drawn: [...state.drawn, event.amount] };
const draw =
  (amount: number) =>
  (state: Account, version: number): Drawn[] => {
    if (amount <= 0) throw new RangeError('amount');
    const left = state.limit - state.drawn.reduce((sum, one) => sum + one, 0);
    return amount > left ? [] : [{ type: 'Drawn', amount, version: version + 1 }];
  };

describe('testing/given-when-then/given-when-then', () => {
  const account = givenWhenThen<Account, Opened | Drawn>({ initial, evolve });
  const opened: Opened = { type: 'Opened', limit: 10 };

  it('then, thenMatch, thenNothing, thenThrows', () => {
    expect(account.given(opened).when(draw(4)).then({ type: 'Drawn', amount: 4, version: 2 })).toEqual({
      limit: 10,
      drawn: [4],
    });
    account.given(opened).when(draw(4)).thenMatch({ amount: 4 });
    account.given(opened, { type: 'Drawn', amount: 8, version: 2 }).when(draw(4)).thenNothing();
    account.given().when(draw(-1)).thenThrows(RangeError);
  });

  it('fails when other, more or fewer events are decided', () => {
    const { when } = account.given(opened);
    expect(() => when(draw(4)).then({ type: 'Drawn', amount: 5, version: 2 })).toThrow();
    expect(() => when(draw(4)).thenMatch()).toThrow();
    expect(() => when(draw(4)).thenNothing()).toThrow();
    expect(() => when(draw(11)).thenMatch({ amount: 11 })).toThrow();
    expect(() => when(draw(4)).thenThrows(RangeError)).toThrow();
  });

  it('finds a domain that changes its state in place', () => {
    const careless = givenWhenThen<Account, Opened>({
      initial,
      evolve: (state, event) => {
        state.limit = event.limit;
        return state;
      },
    });
    expect(() => careless.given(opened).state()).toThrow(TypeError);
    const decide = (state: Account) => {
      state.drawn.push(1);
      return [];
    };
    expect(() => account.given(opened).when(decide).thenNothing()).toThrow(TypeError);
  });

  it('finds a decision that is not pure', () => {
    let calls = 0;
    const decide = (): Drawn[] => [{ type: 'Drawn', amount: calls++, version: 1 }];
    expect(() => account.given(opened).when(decide).thenMatch({})).toThrow('not pure');
  });
});

describe('testing/given-when-then/fakes', () => {
  it('a clock moves when told', () => {
    const clock = fakeClock();
    clock.advance(1_500);
    expect(clock.now()).toBe(TEST_EPOCH + 1_500);
    expect(() => clock.advance(-1)).toThrow(RangeError);
    clock.set(7);
    expect(clock.now()).toBe(7);
  });

  it('seeds repeat; other seeds differ; numbers fill [0, 1)', () => {
    const draws = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
    const random = seededRandom(3);
    const many = Array.from({ length: 10_000 }, random);
    expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...many)).toBeLessThan(1);
    expect(many.filter((one) => one < 0.25).length).toBeGreaterThan(2_200);
    expect(many.filter((one) => one < 0.25).length).toBeLessThan(2_800);
    expect(seededIds(1).uuid()).toBe(seededIds(1).uuid());
    expect(seededIds(1).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
