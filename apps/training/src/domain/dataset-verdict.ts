import type { DatasetJudged } from '@millrace/contracts';

/** What training knows of validation's verdict on a data set. */
export interface DatasetVerdict {
  readonly verdict: 'ACCEPTED' | 'REJECTED' | 'OVERRIDDEN';
  /** The first reasons of a rejection, for people; empty when accepted. */
  readonly why: string;
}

const SAID = 3;

export function verdictOf({ verdict, broken, suspicions }: DatasetJudged): DatasetVerdict {
  if (verdict === 'ACCEPTED') return { verdict, why: '' };
  const reasons = [
    ...broken.filter(({ severity }) => severity === 'ERROR'),
    ...suspicions.filter(({ grave }) => grave),
  ].map(({ reason }) => reason);
  const more = reasons.length - SAID;
  const why = [...reasons.slice(0, SAID), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
  return { verdict: 'REJECTED', why };
}
