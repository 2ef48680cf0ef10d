import type { ConsumerState, History, HistoryRecord, PartitionLog } from '../history';
import { type LogIndex, nameOf, push } from '../log-index';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I07');

/** After everything came to rest each consumer has read to the end, and each record on the way was applied, a repeat, or dead-lettered. */
export const everythingAccounted: Invariant = function* (history, logs) {
  yield* lanes(history, logs);
  for (const state of history.consumers) {
    const log = logs.partition(state.topic, state.partition);
    if (!log) {
      yield breach(null, `${state.consumer} reads ${state.topic}/${state.partition}, which the history does not hold`);
      continue;
    }
    yield* standing(`${state.consumer}`, state.position, log);
    if (state.inbox) yield* outcomes(state, state.inbox, log, logs);
    if (state.counters) yield* counted(state, state.counters, log);
  }
};

function* lanes(history: History, logs: LogIndex): Generator<Violation> {
  for (const lane of history.lanes) {
    for (const log of logs.partitionsOf(lane.requests)) {
      yield* standing('the lane', lane.committed.get(log.partition) ?? log.start, log);
    }
  }
}

function* standing(who: string, position: number, log: PartitionLog): Generator<Violation> {
  const first = log.committed.find((record) => record.offset >= position);
  if (first) yield breach(first, `${who} stands at offset ${position} of ${log.end}: this record is still in flight`);
  if (position > log.end)
    yield breach({ ...log, offset: position }, `${who} stands behind the end (${log.end}) of the partition`);
}

function* outcomes(
  state: ConsumerState,
  inbox: readonly string[],
  log: PartitionLog,
  logs: LogIndex,
): Generator<Violation> {
  const applied = new Set(inbox);
  const buried = deadLettersOf(state, logs);
  const onLog = new Set(log.committed.map((record) => record.id));
  const seen = new Set<string>();
  for (const record of log.committed) {
    if (record.offset >= state.position || (state.listens && !state.listens.includes(record.type))) continue;
    const letters = buried.get(nameOf(record)) ?? [];
    if (letters.length > 1) yield breach(record, `${state.consumer} wrote ${letters.length} dead letters for it`);
    if (letters.length > 0 && applied.has(record.id))
      yield breach(record, `${state.consumer} both worked on it and dead-lettered it`);
    if (letters.length === 0 && !applied.has(record.id) && !seen.has(record.id)) {
      yield breach(record, `${state.consumer} passed it without applying or dead-lettering it`);
    }
    seen.add(record.id);
  }
  for (const id of applied) {
    // Trimmed records are gone for good reason, aborted ones are I05's.
    if (!onLog.has(id) && log.start === 0 && !logs.onlyAborted(state.topic, id)) {
      yield breach({ id }, `${state.consumer} worked on an event that is not in ${state.topic}/${state.partition}`);
    }
  }
}

/** Dead letters by what they bury; repeats of one event id, which a relay may publish twice, count once. */
function deadLettersOf({ deadLetters }: ConsumerState, logs: LogIndex): Map<string, HistoryRecord[]> {
  const found = new Map<string, HistoryRecord[]>();
  const seen = new Set<string>();
  for (const letter of deadLetters === null ? [] : logs.recordsOf(deadLetters)) {
    if (!letter.source || seen.has(letter.id)) continue;
    seen.add(letter.id);
    push(found, nameOf(letter.source), letter);
  }
  return found;
}

function* counted(
  { consumer, position }: ConsumerState,
  { applied, deduplicated, deadLettered, skipped }: NonNullable<ConsumerState['counters']>,
  log: PartitionLog,
): Generator<Violation> {
  const consumed = log.committed.filter((record) => record.offset < position).length;
  const accounted = applied + deduplicated + deadLettered + skipped;
  if (consumed !== accounted) {
    yield breach(
      { ...log, offset: position },
      `${consumer} consumed ${consumed} records and accounts for ${accounted}: ${applied} applied, ${deduplicated} deduplicated, ${deadLettered} dead-lettered, ${skipped} skipped`,
    );
  }
}
