import type { History, HistoryRecord, Operation, OutboxEntry } from '../history';
import { type LogIndex, nameOf, push } from '../log-index';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I04');

export const order: Invariant = function* (history, logs) {
  yield* realTime(history);
  yield* aggregateVersions(history, logs);
  yield* transitions(history, logs);
  yield* outputsInRequestOrder(history, logs);
  yield* outboxOrder(history, logs);
};

/** What was acknowledged before another send began stands before it in the partition. */
function* realTime(history: History): Generator<Violation> {
  const partitions = new Map<string, (Operation & { position: NonNullable<Operation['position']> })[]>();
  for (const operation of history.operations) {
    const { outcome, position } = operation;
    if (outcome === 'ok' && position)
      push(partitions, `${position.topic}/${position.partition}`, { ...operation, position });
  }
  for (const operations of partitions.values()) {
    const byCompletion = operations.toSorted((a, b) => (a.completed ?? 0) - (b.completed ?? 0));
    let done = 0;
    let highest: (typeof operations)[number] | null = null;
    for (const next of operations.toSorted((a, b) => a.invoked - b.invoked)) {
      for (; done < byCompletion.length && (byCompletion[done].completed ?? 0) < next.invoked; done++) {
        if (!highest || byCompletion[done].position.offset > highest.position.offset) highest = byCompletion[done];
      }
      if (highest && next.position.offset < highest.position.offset) {
        yield breach(
          { ...next.position, id: next.recordId },
          `was sent after ${highest.recordId} was acknowledged at ${nameOf(highest.position)}, and stands before it`,
        );
      }
    }
  }
}

function* aggregateVersions(history: History, logs: LogIndex): Generator<Violation> {
  for (const topic of history.versioned) {
    for (const { start, committed } of logs.partitionsOf(topic)) {
      const last = new Map<string | null, number>();
      for (const record of firstOccurrences(committed)) {
        const before = last.get(record.key) ?? (start > 0 ? undefined : 0);
        const { version } = record;
        if (version === undefined) yield breach(record, 'carries no aggregate version');
        else if (before !== undefined && version !== before + 1) {
          yield breach(record, `version ${version} of ${record.key} follows version ${before}`);
        }
        last.set(record.key, version ?? before ?? 0);
      }
    }
  }
}

function* transitions(history: History, logs: LogIndex): Generator<Violation> {
  for (const [topic, rule] of Object.entries(history.transitions ?? {})) {
    for (const { start, committed } of logs.partitionsOf(topic)) {
      const last = new Map<string | null, HistoryRecord>();
      for (const record of firstOccurrences(committed)) {
        const before = last.get(record.key) ?? null;
        const reason = before === null && start > 0 ? null : rule(before, record);
        if (reason !== null) yield breach(record, `illegal transition of ${record.key}: ${reason}`);
        last.set(record.key, record);
      }
    }
  }
}

/** Readers join responses to requests by merge, so their order is a promise. */
function* outputsInRequestOrder(history: History, logs: LogIndex): Generator<Violation> {
  for (const topic of history.lanes.flatMap((lane) => [lane.responses, lane.deadLetters])) {
    for (const { partition, committed } of logs.partitionsOf(topic)) {
      let highest = -1;
      for (const output of committed) {
        if (!output.source) continue;
        if (output.source.partition !== partition)
          yield breach(output, `answers ${nameOf(output.source)}, which is in another partition`);
        else if (output.source.offset < highest)
          yield breach(output, `answers ${nameOf(output.source)} after offset ${highest}`);
        highest = Math.max(highest, output.source.partition === partition ? output.source.offset : -1);
      }
    }
  }
}

/** Rows of one key stand in their topic in the order in which they were added. */
function* outboxOrder(history: History, logs: LogIndex): Generator<Violation> {
  for (const { service, rows } of history.outboxes) {
    const keys = new Map<string, OutboxEntry[]>();
    for (const row of rows.toSorted((a, b) => a.id - b.id)) {
      if (row.key !== null) push(keys, `${row.topic} ${row.key}`, row);
    }
    for (const ofKey of keys.values()) {
      let before: HistoryRecord | null = null;
      for (const row of ofKey) {
        const [first] = logs.committedWithId(row.topic, row.eventId);
        if (!first) continue;
        if (before && before.partition === first.partition && before.offset > first.offset) {
          yield breach(first, `left the outbox of ${service} before ${nameOf(before)}, which was added earlier`);
        }
        before = first;
      }
    }
  }
}

/** Repeats of an event id are dropped by readers, so they have no place in the order. */
function* firstOccurrences(records: readonly HistoryRecord[]): Generator<HistoryRecord> {
  const seen = new Set<string>();
  for (const record of records) {
    if (seen.has(record.id)) continue;
    seen.add(record.id);
    yield record;
  }
}
