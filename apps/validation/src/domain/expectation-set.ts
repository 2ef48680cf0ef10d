import type {
  Expectation,
  ExpectationSetDefined,
  ExpectationSetDerived,
  ExpectationsRefused,
  ObservedColumn,
} from '@millrace/contracts';

/** What the data sets of one source are judged by. */
export interface ExpectationSet {
  /** 0 = there is none yet. */
  readonly number: number;
  readonly digest: string | null;
  readonly label: string | null;
  /** The whole set in force: defined by users first, then derived. */
  readonly expectations: readonly Expectation[];
  /** What the accepted data sets have shown together. */
  readonly observed: readonly ObservedColumn[];
  readonly datasets: number;
}

export type ExpectationFact =
  | { readonly type: 'ExpectationSetDefined'; readonly data: ExpectationSetDefined }
  | { readonly type: 'ExpectationSetDerived'; readonly data: ExpectationSetDerived }
  | { readonly type: 'ExpectationsRefused'; readonly data: ExpectationsRefused };

/** Hex SHA-256 of the canonical JSON of a value; handed in, so that this folder computes nothing but rules. */
export type DigestOf = (value: unknown) => string;

export const noExpectations = (): ExpectationSet => ({
  number: 0,
  digest: null,
  label: null,
  expectations: [],
  observed: [],
  datasets: 0,
});

/** The only writer of a set's state: also used by a rebuild from `validation.expectations.v1`. */
export function evolveExpectations(set: ExpectationSet, fact: ExpectationFact): ExpectationSet {
  if (fact.type === 'ExpectationsRefused') return set;
  const { number, digest, label, expectations } = fact.data;
  const inForce = { ...set, number, digest, label, expectations };
  if (fact.type === 'ExpectationSetDefined') return inForce;
  return { ...inForce, observed: fact.data.observed, datasets: fact.data.datasets };
}

/** A user's word on a column and kind takes the place of what was derived for it. */
export function inForce(defined: readonly Expectation[], derived: readonly Expectation[]): Expectation[] {
  const said = new Set(defined.map(({ column, kind }) => `${kind} ${column}`));
  return [...defined, ...derived.filter(({ column, kind }) => !said.has(`${kind} ${column}`))];
}

/** What the event of a set says about it, whichever way it came to be. */
export function nextSet(
  set: ExpectationSet,
  source: string,
  label: string | null,
  expectations: Expectation[],
  digestOf: DigestOf,
) {
  const number = set.number + 1;
  return { source, set: `${source}:${number}`, number, digest: digestOf({ label, expectations }), label, expectations };
}
