import type { History } from '../history';
import { type LogIndex, nameOf } from '../log-index';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I05');

/** Jepsen's G1a: a record of an aborted transaction, or of a send that certainly failed, is seen by nobody and causes nothing. */
export const noAbortedEffect: Invariant = function* (history, logs) {
  yield* visible(history, logs);
  yield* answered(history, logs);
  yield* applied(history, logs);
};

function* visible(history: History, logs: LogIndex): Generator<Violation> {
  for (const log of history.logs) {
    for (const record of log.committed) {
      if (logs.abortedAt(record)) yield breach(record, 'lies in an aborted transaction and was delivered');
    }
  }
  const failed = new Map<string, number>();
  const possible = new Map<string, number>();
  for (const { topic, recordId, outcome } of history.operations) {
    const counts = outcome === 'fail' ? failed : possible;
    const name = `${topic} ${recordId}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const { topic, recordId, process, outcome } of history.operations) {
    if (outcome !== 'fail' || possible.has(`${topic} ${recordId}`)) continue;
    const [found] = logs.committedWithId(topic, recordId);
    if (found) yield breach(found, `was reported to ${process} as failed and is on the log`);
  }
}

function* answered(history: History, logs: LogIndex): Generator<Violation> {
  for (const log of history.logs) {
    for (const record of log.committed) {
      const source = record.source && !logs.committedAt(record.source) ? logs.abortedAt(record.source) : undefined;
      if (source) yield breach(record, `answers ${nameOf(source)}, which lies in an aborted transaction`);
    }
  }
}

function* applied(history: History, logs: LogIndex): Generator<Violation> {
  const causes = new Map<string, string>();
  for (const { consumer, topic, inbox } of history.consumers) {
    for (const id of inbox ?? []) {
      const aborted = logs.onlyAborted(topic, id);
      if (aborted) yield breach(aborted, `lies in an aborted transaction, and ${consumer} worked on it`);
    }
    causes.set(topic, consumer);
  }
  for (const log of history.logs) {
    for (const { cause, ...record } of log.committed) {
      if (cause === undefined) continue;
      const aborted = [...causes.keys()]
        .map((topic) => logs.onlyAborted(topic, cause))
        .find((one) => one !== undefined);
      if (aborted) yield breach(record, `was caused by ${nameOf(aborted)}, which lies in an aborted transaction`);
    }
  }
}
