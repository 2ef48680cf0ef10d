/** A response, with the place and the time at which it stands on its topic. Partition is that of the request too. */
export interface Answered {
  readonly partition: number;
  readonly requestOffset: number;
  readonly responseOffset: number;
  /** Kafka timestamp, milliseconds. */
  readonly at: number;
}

export interface GroundTruth {
  readonly partition: number;
  readonly offset: number;
  /** Kafka timestamp, milliseconds. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly eventTime: number | null;
  readonly label: number;
}

/** What is known of one request id of an endpoint. */
export interface JoinState<A extends Answered = Answered> {
  readonly answered: A | null;
  readonly truth: GroundTruth | null;
}

/** How long a response waits is measured by the records' Kafka timestamps, so no clock decides. */
function isTooLate(answered: Answered, truth: GroundTruth, horizonMs: number): boolean {
  return truth.at - answered.at > horizonMs;
}

/**
 * What a response or an outcome did:
 *
 * - waits: for its other half
 * - joins: both halves are there, for the first time
 * - repeated: the id has a response, or the same outcome, already; the first one counts
 * - contradicts: the id has another outcome already; the first one counts
 * - too-late: the response has waited longer than the horizon
 */
export type JoinEffect = 'waits' | 'joins' | 'repeated' | 'contradicts' | 'too-late';

export const nothingKnown = { answered: null, truth: null } as const;

export function takeResponse<A extends Answered>(
  state: JoinState<A>,
  answered: A,
  horizonMs: number,
): { readonly state: JoinState<A>; readonly effect: JoinEffect } {
  if (state.answered) return { state, effect: 'repeated' };
  if (!state.truth) return { state: { ...state, answered }, effect: 'waits' };
  if (isTooLate(answered, state.truth, horizonMs)) return { state: { answered, truth: null }, effect: 'too-late' };
  return { state: { ...state, answered }, effect: 'joins' };
}

/** What becomes of a pair does not depend on which half is read first. */
export function takeOutcome<A extends Answered>(
  state: JoinState<A>,
  truth: GroundTruth,
  horizonMs: number,
): { readonly state: JoinState<A>; readonly effect: JoinEffect } {
  if (state.truth) return { state, effect: state.truth.label === truth.label ? 'repeated' : 'contradicts' };
  if (state.answered && isTooLate(state.answered, truth, horizonMs)) return { state, effect: 'too-late' };
  return { state: { ...state, truth }, effect: state.answered ? 'joins' : 'waits' };
}
