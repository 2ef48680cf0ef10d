import { isDeepStrictEqual } from 'node:util';

/** A domain to test: `state = fold(evolve, events)`, `events = decide(state, ...)`. */
export interface DecidedDomain<State, Event> {
  initial: () => State;
  evolve: (state: State, event: Event) => State;
}

export interface Given<State, Event> {
  /** The decision under test. `version` is the number of given events, which is the aggregate's version. */
  when(decide: (state: State, version: number) => readonly Event[]): Decided<State, Event>;
  /** The state that the given events make. */
  state(): State;
}

export interface Decided<State, Event> {
  /** Exactly these events, in this order. */
  then(...events: Event[]): State;
  /** Events of which each has at least what is written here. */
  thenMatch(...events: object[]): State;
  /** No event at all: the decision was made before, or concerns nobody. */
  thenNothing(): void;
  /** Refused by an error: wrong use, not an outcome of the domain. */
  thenThrows(error: string | RegExp | Function | Error): void;
}

/**
 * Given/when/then for pure domains (the form is that of Emmett's `DeciderSpecification`). Besides what it is told to expect
 * it sees to the rules: neither function may change what it is given (states and events are frozen), and the
 * same question asked twice has the same answer.
 */
export function givenWhenThen<State, Event>({ initial, evolve }: DecidedDomain<State, Event>) {
  const fold = (state: State, events: readonly Event[]) =>
    events.reduce<State>((before, event) => freeze(evolve(before, freeze(event))), freeze(state));
  return {
    given(...events: Event[]): Given<State, Event> {
      const state = () => fold(initial(), events);
      return {
        state,
        when: (decide) => {
          const ask = () => decide(state(), events.length);
          const answer = () => {
            const first = ask();
            if (isDeepStrictEqual(first, ask())) return first;
            throw new Error(
              'The decision is not pure: asked twice, it gave two answers. Pass clock, ids and chance in.',
            );
          };
          return {
            // biome-ignore lint/suspicious/noThenProperty: given/when/then is what it is called; nobody awaits it.
            then(...expected) {
              const decided = answer();
              expect(decided).toEqual(expected);
              return fold(state(), decided);
            },
            thenMatch(...expected) {
              const decided = answer();
              expect(decided).toHaveLength(expected.length);
              expect(decided).toMatchObject(expected);
              return fold(state(), decided);
            },
            thenNothing() {
              expect(answer()).toEqual([]);
            },
            thenThrows(error) {
              expect(ask).toThrow(error as string);
            },
          };
        },
      };
    },
  };
}

/** Typed arrays and maps cannot be frozen; what hangs on them is left alone. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
