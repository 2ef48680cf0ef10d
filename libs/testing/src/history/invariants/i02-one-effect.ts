import type { History, HistoryRecord } from '../history';
import { type LogIndex, nameOf } from '../log-index';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I02');

/**
 * In the log-first path one output of a lane is one physical record, and one record sent by a client is one record on its topic. In the
 * database-first path the relay may repeat an event after a crash, but one event id has one content and one effect.
 */
export const oneEffect: Invariant = function* (history, logs) {
  yield* repeatedOutputs(history, logs);
  yield* repeatedOperations(history, logs);
  yield* contentsOfOneId(history, logs);
  yield* effectsOfOneId(history);
};

function* repeatedOutputs(history: History, logs: LogIndex): Generator<Violation> {
  for (const topic of history.lanes.flatMap((lane) => [lane.responses, lane.deadLetters])) {
    const seen = new Map<string, HistoryRecord>();
    for (const output of logs.recordsOf(topic)) {
      if (!output.source) continue;
      const name = `${nameOf(output.source)} ${output.digest}`;
      const before = seen.get(name);
      if (before) yield breach(output, `repeats ${nameOf(before)} byte for byte`);
      else seen.set(name, output);
    }
  }
}

/** A request id may be sent twice on purpose: there are as many records as there were sends, the unknown ones at most. */
function* repeatedOperations(history: History, logs: LogIndex): Generator<Violation> {
  const sent = new Map<string, { topic: string; recordId: string; most: number }>();
  for (const { topic, recordId, outcome } of history.operations) {
    const name = `${topic} ${recordId}`;
    const entry = sent.get(name) ?? { topic, recordId, most: 0 };
    sent.set(name, { ...entry, most: entry.most + (outcome === 'fail' ? 0 : 1) });
  }
  for (const { topic, recordId, most } of sent.values()) {
    const found = logs.committedWithId(topic, recordId);
    // A failed send that is on the log is I05's.
    if (most > 0 && found.length > most)
      yield breach(found[most], `was sent ${most} times and is ${found.length} times on the log`);
  }
}

function* contentsOfOneId(history: History, logs: LogIndex): Generator<Violation> {
  for (const topic of history.versioned) {
    const seen = new Map<string, HistoryRecord>();
    for (const record of logs.recordsOf(topic)) {
      const before = seen.get(record.id);
      if (!before) seen.set(record.id, record);
      else if (before.digest !== record.digest)
        yield breach(record, `has another content than ${nameOf(before)} under the same event id`);
    }
  }
}

function* effectsOfOneId(history: History): Generator<Violation> {
  for (const { consumer, topic, partition, inbox } of history.consumers) {
    const seen = new Set<string>();
    for (const id of inbox ?? []) {
      if (seen.has(id)) yield breach({ id }, `${consumer} worked twice on this event of ${topic}/${partition}`);
      seen.add(id);
    }
  }
}
