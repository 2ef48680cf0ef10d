import type { History } from './history';
import { oneResponse } from './invariants/i01-one-response';
import { oneEffect } from './invariants/i02-one-effect';
import { nothingAcknowledgedIsLost } from './invariants/i03-nothing-acknowledged-is-lost';
import { order } from './invariants/i04-order';
import { noAbortedEffect } from './invariants/i05-no-aborted-effect';
import { everythingAccounted } from './invariants/i07-everything-accounted';
import { outboxEmpty } from './invariants/i08-outbox-empty';
import { tablesEqualTheLog } from './invariants/i09-tables-equal-the-log';
import { ledgerVouches } from './invariants/i10-ledger-vouches';
import { onlyWhatWasReleased } from './invariants/i11-only-what-was-released';
import { nothingLiveWithoutLeave } from './invariants/i12-nothing-live-without-leave';
import { windowsCountTheLog } from './invariants/i14-windows-count-the-log';
import { releaseRevisionMonotonic } from './invariants/release-revision-monotonic';
import { LogIndex } from './log-index';
import { INVARIANTS, type Invariant, type InvariantId, type Violation } from './violation';

const CHECKS: Readonly<Record<InvariantId, Invariant>> = {
  I01: oneResponse,
  I02: oneEffect,
  I03: nothingAcknowledgedIsLost,
  I04: order,
  I05: noAbortedEffect,
  I07: everythingAccounted,
  I08: outboxEmpty,
  I09: tablesEqualTheLog,
  I10: ledgerVouches,
  I11: onlyWhatWasReleased,
  I12: nothingLiveWithoutLeave,
  I14: windowsCountTheLog,
  RELEASE_REVISION_MONOTONIC: releaseRevisionMonotonic,
};

export interface HistoryReport {
  /** Broken invariants, each with how often it is broken and its first breach. */
  readonly broken: readonly { readonly invariant: InvariantId; readonly count: number; readonly first: Violation }[];
  /** What was looked at: a history in which nothing happened breaks nothing. */
  readonly seen: {
    readonly operations: number;
    readonly acknowledged: number;
    readonly records: number;
    readonly aborted: number;
    readonly responses: number;
    readonly deadLetters: number;
    readonly inboxRows: number;
    readonly outboxRows: number;
    readonly tables: number;
    /** Topics that the ledger covers. */
    readonly ledgered: number;
    readonly activations: number;
    readonly artifacts: number;
    readonly windows: number;
  };
}

export function checkHistory(history: History): HistoryReport {
  const logs = new LogIndex(history);
  const broken = Object.entries(CHECKS).flatMap(([id, check]) => {
    const violations = [...check(history, logs)];
    return violations.length > 0
      ? [{ invariant: id as InvariantId, count: violations.length, first: violations[0] }]
      : [];
  });
  return { broken, seen: seenIn(history, logs) };
}

/**
 * Throws, naming the first breach of each broken invariant; and also when less happened than the test set out to make happen, because a run
 * in which every node only returned errors would pass.
 */
export function assertCleanHistory(history: History, atLeast: Partial<HistoryReport['seen']> = {}): HistoryReport {
  const report = checkHistory(history);
  const short = Object.entries(atLeast).filter(
    ([what, least]) => report.seen[what as keyof typeof report.seen] < least,
  );
  if (report.broken.length === 0 && short.length === 0) return report;
  throw new Error(
    [
      'The history is not clean.',
      ...report.broken.map(
        ({ invariant, count, first }) =>
          `${invariant} (${INVARIANTS[invariant]}) broken ${count} times, first: ${first.message}`,
      ),
      ...short.map(
        ([what, least]) =>
          `Too little happened: ${report.seen[what as keyof typeof report.seen]} ${what}, at least ${least} were wanted.`,
      ),
    ].join('\n'),
  );
}

function seenIn(history: History, logs: LogIndex): HistoryReport['seen'] {
  const sum = <T>(list: readonly T[], count: (one: T) => number) => list.reduce((total, one) => total + count(one), 0);
  return {
    operations: history.operations.length,
    acknowledged: history.operations.filter((operation) => operation.outcome === 'ok').length,
    records: sum(history.logs, (log) => log.committed.length),
    aborted: sum(history.logs, (log) => log.aborted.length),
    responses: sum(history.lanes, (lane) => logs.recordsOf(lane.responses).length),
    deadLetters: sum(history.lanes, (lane) => logs.recordsOf(lane.deadLetters).length),
    inboxRows: sum(history.consumers, (consumer) => consumer.inbox?.length ?? 0),
    outboxRows: sum(history.outboxes, (outbox) => outbox.rows.length),
    tables: history.tables?.length ?? 0,
    ledgered: history.ledger?.topics.length ?? 0,
    activations: history.activations?.length ?? 0,
    artifacts: history.artifacts?.size ?? 0,
    windows: history.windows?.length ?? 0,
  };
}
