import type { SourceRefused, SourceRegistered } from '@millrace/contracts';

/** A source is there or not; what it is, is what its one SourceRegistered says. */
export type Source = { readonly status: 'ABSENT' } | { readonly status: 'LIVE'; readonly is: SourceRegistered };

export type SourceFact =
  | { readonly type: 'SourceRegistered'; readonly data: SourceRegistered }
  | { readonly type: 'SourceRefused'; readonly data: SourceRefused };

export const noSource = (): Source => ({ status: 'ABSENT' });

/** The only writer of a source's state: also used by a rebuild from `ingestion.sources.v1`. */
export function evolveSource(source: Source, fact: SourceFact): Source {
  return fact.type === 'SourceRegistered' ? { status: 'LIVE', is: fact.data } : source;
}
