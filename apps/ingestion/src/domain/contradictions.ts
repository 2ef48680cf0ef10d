import type { OutcomeContradicted } from '@millrace/contracts';

/** The contradictions among the outcomes of one major of an endpoint. */
export interface Contradictions {
  readonly count: number;
}

export interface ContradictionFact {
  readonly type: 'OutcomeContradicted';
  readonly data: OutcomeContradicted;
}

export const noContradictions = (): Contradictions => ({ count: 0 });

/** The only writer of the state: also used by a rebuild from the log. */
export const evolveContradictions = ({ count }: Contradictions): Contradictions => ({ count: count + 1 });
