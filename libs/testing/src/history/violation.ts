import type { History, Position } from './history';
import { type LogIndex, nameOf } from './log-index';

export const INVARIANTS = {
  I01: 'every request has exactly one terminal response; what does not decode has exactly one dead letter',
  I02: 'one record sent is one record on the log, one event id is one effect',
  I03: 'nothing acknowledged is lost or altered',
  I04: 'order per key and partition, no gap in aggregate versions, no illegal transition',
  I05: 'what was aborted or failed has no effect',
  I07: 'consumed = applied + deduplicated + dead-lettered; nothing in flight',
  I08: 'the outbox is empty and each of its rows is in its topic, byte for byte',
  I09: 'every table is what its log gives',
  I10: 'the ledger verifies and covers everything',
  I11: 'a response names a model that its release revision serves, and the bytes in the store are those',
  I12: 'nothing goes live that was not granted, by enough people and the right ones',
  I14: 'a window counts what the log holds',
  RELEASE_REVISION_MONOTONIC: 'the release revision never decreases within a partition',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

/** One breach. The position names the offending record, or the place where one is missing. */
export interface Violation {
  readonly invariant: InvariantId;
  readonly message: string;
  readonly at: Position | null;
  readonly id: string | null;
}

/** Yields breaches in the order of the log: the first one is the one to look at. */
export type Invariant = (history: History, logs: LogIndex) => Iterable<Violation>;

/** Makes the violations of one invariant: `breach(record, 'what is wrong')`. */
export function breachOf(invariant: InvariantId) {
  return (where: (Partial<Position> & { id?: string }) | null, message: string): Violation => {
    const at =
      where?.topic !== undefined && where.partition !== undefined && where.offset !== undefined
        ? { topic: where.topic, partition: where.partition, offset: where.offset }
        : null;
    const id = where?.id ?? null;
    const place = at ? `${nameOf(at)}${id === null ? '' : ` (${id})`}: ` : id === null ? '' : `${id}: `;
    return { invariant, message: `${place}${message}`, at, id };
  };
}
