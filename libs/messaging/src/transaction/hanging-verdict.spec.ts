import type { BatchHeader } from '../records/batch-headers';
import { type Trace, traceOf, verdictOnOffset, verdictOnRecords } from './hanging-verdict';
import { offsetNote, parseOffsetNote } from './offset-note';

const OURS = 7n;
const data = (producerEpoch: number, producerId = OURS, transactional = true): BatchHeader => ({
  baseOffset: 0,
  lastOffset: 0,
  producerId,
  producerEpoch,
  transactional,
  marker: null,
});
const end = (marker: 'commit' | 'abort', producerEpoch: number, producerId = OURS): BatchHeader => ({
  ...data(producerEpoch, producerId),
  marker,
});
const hanging = (firstEpoch: number, lastEpoch = firstEpoch): Trace => ({ state: 'hanging', firstEpoch, lastEpoch });
const committed = (epoch: number): Trace => ({ state: 'committed', epoch });
const aborted = (epoch: number): Trace => ({ state: 'aborted', epoch });

describe('messaging/transaction/hanging-verdict', () => {
  it.each<[string, BatchHeader[], Trace]>([
    ['nothing of this producer', [data(3, 8n), end('commit', 4, 8n), data(1, OURS, false)], { state: 'none' }],
    ['a marker alone', [end('abort', 3)], { state: 'none' }],
    ['data and its commit', [data(3), data(3), end('commit', 4)], committed(3)],
    ['data and its abort', [data(3), data(9, 8n), end('commit', 10, 8n), end('abort', 4)], aborted(3)],
    ['data without a marker', [data(3), end('commit', 4), data(5)], hanging(5)],
    ['several transactions without one', [data(3), data(4), end('commit', 1, 8n), data(6)], hanging(3, 6)],
  ])('follows one producer: %s', (_, headers, trace) => {
    expect(traceOf(OURS, headers)).toEqual(trace);
  });

  it.each<[string, Trace[], number, string]>([
    ['no marker arrived anywhere', [hanging(5)], 4, 'abort'],
    ['the offset was committed by it', [hanging(5)], 5, 'commit'],
    ['the offset was committed by a later one', [hanging(5)], 8, 'commit'],
    ['it was committed in another partition', [hanging(5), committed(5)], -1, 'commit'],
    ['it was aborted in another partition', [hanging(5), aborted(5)], 4, 'abort'],
    ['another partition knows an older commit', [hanging(5), committed(3)], 3, 'abort'],
    ['nothing is known of offsets', [hanging(5), { state: 'none' }], -1, 'abort'],
    ['of two, only the first was committed', [hanging(5, 7)], 5, 'undecidable'],
  ])('records: %s', (_, traces, committedEpoch, verdict) => {
    expect(verdictOnRecords(traces[0]!, { traces, committedEpoch })).toBe(verdict);
  });

  it.each<[string, Trace[], number, string]>([
    ['its records were committed', [committed(5)], 4, 'commit'],
    ['its records were aborted', [aborted(5)], 4, 'abort'],
    ['its records hang as well', [hanging(5)], 4, 'abort'],
    ['the records committed last have their offset', [committed(4)], 4, 'abort'],
    ['it wrote no records', [], 4, 'abort'],
  ])('a held offset: %s', (_, traces, committedEpoch, verdict) => {
    expect(verdictOnOffset({ traces, committedEpoch })).toBe(verdict);
  });

  it('reads back what it wrote beside an offset, and nothing else', () => {
    expect(parseOffsetNote(offsetNote({ producerId: 12n, producerEpoch: 3 }))).toEqual({
      producerId: 12n,
      producerEpoch: 3,
    });
    expect([null, '', 'txn:', 'txn:1', 'a txn:1:2', 'txn:-1:2'].map(parseOffsetNote)).toEqual(Array(6).fill(null));
  });
});
