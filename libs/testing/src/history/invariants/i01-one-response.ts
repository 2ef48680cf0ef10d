import { type HistoryRecord, type LaneTopics, UNREADABLE } from '../history';
import { type LogIndex, nameOf, push } from '../log-index';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I01');

/**
 * Every committed request has exactly one response if it decodes, exactly one dead letter if not, and no output stands without a request.
 * Outputs that repeat byte for byte are I02's, outputs of aborted requests I05's.
 */
export const oneResponse: Invariant = function* (history, logs) {
  for (const lane of history.lanes) {
    yield* requestsWithoutTheirOutput(lane, logs);
    yield* outputsWithoutTheirRequest(lane, logs);
  }
};

function* requestsWithoutTheirOutput(lane: LaneTopics, logs: LogIndex): Generator<Violation> {
  const responses = bySource(logs.recordsOf(lane.responses));
  const deadLetters = bySource(logs.recordsOf(lane.deadLetters));
  for (const request of logs.recordsOf(lane.requests)) {
    const answered = different(responses.get(nameOf(request)));
    const buried = different(deadLetters.get(nameOf(request)));
    const readable = request.type !== UNREADABLE;
    const [due, other] = readable ? [answered, buried] : [buried, answered];
    const [dueName, otherName] = readable ? ['response', 'dead letter'] : ['dead letter', 'response'];
    const what = readable ? 'a request' : 'a record that does not decode';
    if (due.length === 0) yield breach(request, `${what} has no ${dueName}`);
    if (due.length > 1)
      yield breach(due[1], `${nameOf(request)}, ${what}, has ${due.length} different ${dueName}s; this is the second`);
    if (other.length > 0) yield breach(other[0], `${nameOf(request)}, ${what}, has a ${otherName}`);
  }
}

function* outputsWithoutTheirRequest(lane: LaneTopics, logs: LogIndex): Generator<Violation> {
  for (const topic of [lane.responses, lane.deadLetters]) {
    for (const output of logs.recordsOf(topic)) {
      const { source } = output;
      if (!source) yield breach(output, 'names no request');
      else if (source.topic !== lane.requests)
        yield breach(output, `answers ${nameOf(source)}, which is no request of ${lane.requests}`);
      else if (!logs.committedAt(source) && !logs.abortedAt(source) && !logs.isTrimmed(source)) {
        yield breach(output, `answers ${nameOf(source)}, where no request stands`);
      }
    }
  }
}

function bySource(records: readonly HistoryRecord[]): Map<string, HistoryRecord[]> {
  const found = new Map<string, HistoryRecord[]>();
  for (const record of records) if (record.source) push(found, nameOf(record.source), record);
  return found;
}

/** Repeats of the same bytes count once. */
function different(records: readonly HistoryRecord[] = []): HistoryRecord[] {
  return [...new Map(records.toReversed().map((record) => [record.digest, record])).values()].sort(
    (a, b) => a.offset - b.offset,
  );
}
