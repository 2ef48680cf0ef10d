import type { Received } from '@millrace/messaging';
import { type Projection, recordName, type ViewBody } from './view';

export type Body = ViewBody | null;

/** What to do with each record type; a type that is not listed leaves the view as it is. */
type Cases = Readonly<Record<string, (body: Body, data: never, event: Received<unknown>) => ViewBody>>;

export function projection(kind: Projection['kind'], idField: string, cases: Cases): Projection {
  return {
    kind,
    idOf: (event) => (cases[recordName(event)] ? String((event.data as Record<string, unknown>)[idField]) : null),
    versionOf: (event) => (event.data as { aggregateVersion?: number }).aggregateVersion ?? null,
    apply: (body, event) => cases[recordName(event)]!(body, event.data as never, event),
  };
}
