import { pauseFor } from '../client/back-off';
import type { ClientContext } from '../client/client-context';
import { brokerError, KafkaError } from '../client/kafka-error';
import { committedOnce, listOffsetsOf, retryMoved } from '../client/offsets';
import { type BatchHeader, batchHeaders } from '../records/batch-headers';
import { fetchApi } from '../wire/fetch';
import { EARLIEST, LATEST } from '../wire/list-offsets';
import { type Evidence, type Trace, traceOf, type Verdict, verdictOnOffset, verdictOnRecords } from './hanging-verdict';
import { parseOffsetNote } from './offset-note';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** All that the transactions of one id write. */
export interface TransactionScope {
  readonly partitions: readonly TopicPartition[];
  /** The group's offset of the input, where it is part of the transactions. */
  readonly offset?: TopicPartition & { readonly group: string };
}

/** What is to be ended with one verdict. */
export interface Unfinished {
  readonly committed: boolean;
  readonly partitions: readonly TopicPartition[];
  /** Also the offsets of this group. */
  readonly group: string | null;
}

/** Markers are written before the coordinator closes a transaction, so an offset still held after this is held for good. */
const PENDING_PATIENCE_MS = 1_000;
const PENDING_POLL_MS = 50;
/** How far back a partition is read for the last transaction of its writer, in offsets. */
const FIRST_WINDOW = 64;
const LARGEST_WINDOW = 65_536;
const FETCH_BYTES = 4 * 1024 * 1024;

/**
 * Hanging transactions (KIP-664): closed by their coordinator, open in a partition. They come from brokers that lose markers:
 * Apache Kafka 4.3.1 drops the marker of a partition that is without a leader at that moment, as every partition of a
 * broker is that was cut off, or that restarts, and says that the transaction is complete. The next transaction of
 * the same producer would end the lost one with its own verdict: a commit would show records that were aborted.
 *
 * To be asked right after InitProducerId: then the coordinator has nothing open for this producer any more.
 */
export class HangingTransactions {
  constructor(
    private readonly context: ClientContext,
    private readonly scope: TransactionScope,
  ) {}

  /** @throws KafkaError KAFKA_HANGING_TRANSACTION when the log does not tell what became of it */
  async find(producerId: bigint): Promise<Unfinished[]> {
    const { partitions, offset } = this.scope;
    const traces: Trace[] = [];
    for (const partition of partitions) traces.push(await this.hangingTrace(producerId, partition));
    const pending = await this.offsetIsPending();
    if (!pending && traces.every(({ state }) => state === 'none')) return [];
    for (const [index, trace] of traces.entries())
      if (trace.state === 'none') traces[index] = await this.lastTrace(producerId, partitions[index]!);
    const evidence: Evidence = { traces, committedEpoch: await this.committedEpoch(producerId) };
    const ends = new Map<Verdict, TopicPartition[]>();
    for (const [index, trace] of traces.entries()) {
      if (trace.state !== 'hanging') continue;
      const verdict = verdictOnRecords(trace, evidence);
      if (verdict === 'undecidable') throw undecidable(partitions[index]!);
      ends.set(verdict, [...(ends.get(verdict) ?? []), partitions[index]!]);
    }
    const offsetVerdict = pending ? verdictOnOffset(evidence) : null;
    return (['commit', 'abort'] as const)
      .map((verdict) => ({
        committed: verdict === 'commit',
        partitions: ends.get(verdict) ?? [],
        group: offsetVerdict === verdict ? offset!.group : null,
      }))
      .filter(({ partitions: some, group }) => some.length > 0 || group !== null);
  }

  /** Only what lies between the last stable offset and the end can hang. */
  private async hangingTrace(producerId: bigint, of: TopicPartition): Promise<Trace> {
    const stable = await this.offsetOf(of, LATEST, 1);
    const end = await this.offsetOf(of, LATEST, 0);
    if (stable >= end) return { state: 'none' };
    const trace = traceOf(producerId, await this.headers(of, stable, end));
    return trace.state === 'hanging' ? trace : { state: 'none' };
  }

  private async lastTrace(producerId: bigint, of: TopicPartition): Promise<Trace> {
    const start = await this.offsetOf(of, EARLIEST, 0);
    const end = await this.offsetOf(of, LATEST, 0);
    for (let window = FIRST_WINDOW; ; window *= 8) {
      const from = Math.max(start, end - window);
      const trace = traceOf(producerId, await this.headers(of, from, end));
      if (trace.state !== 'none' || from === start || window >= LARGEST_WINDOW) return trace;
    }
  }

  private async offsetOf({ topic, partition }: TopicPartition, timestamp: number, isolation: 0 | 1): Promise<number> {
    const offsets = await listOffsetsOf(this.context, this.context.prefixed(topic), [partition], timestamp, isolation);
    return offsets.get(partition) ?? 0;
  }

  private async headers(of: TopicPartition, from: number, end: number): Promise<BatchHeader[]> {
    const headers: BatchHeader[] = [];
    for (let at = from; at < end; ) {
      const fetched = await this.fetch(of, at);
      headers.push(...fetched);
      const last = fetched.at(-1);
      if (last === undefined || last.lastOffset < at) break;
      at = last.lastOffset + 1;
    }
    return headers;
  }

  private fetch({ topic, partition }: TopicPartition, offset: number): Promise<BatchHeader[]> {
    const { context } = this;
    const fullName = context.prefixed(topic);
    return retryMoved(context, fullName, async () => {
      const link = await context.links.get(await context.map.leaderOf(fullName, partition), 'short');
      const partitions = [{ partition, offset, maxBytes: FETCH_BYTES }];
      const request = {
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: FETCH_BYTES,
        isolation: 0 as const,
        topics: [{ topic: fullName, partitions }],
      };
      const response = await link.call(fetchApi, request, context.requestTimeoutMs);
      const answer = response.topics[0]?.partitions[0];
      const errorCode = response.errorCode || (answer?.errorCode ?? 0);
      if (errorCode !== 0) throw brokerError('Fetch', errorCode, `${fullName}/${partition} from offset ${offset}`);
      return answer?.records ? batchHeaders(fullName, partition, answer.records) : [];
    });
  }

  private async offsetIsPending(): Promise<boolean> {
    if (!this.scope.offset) return false;
    for (const until = performance.now() + PENDING_PATIENCE_MS; ; await pauseFor(PENDING_POLL_MS)) {
      if ((await this.committed(true)) !== 'unstable') return false;
      if (performance.now() >= until) return true;
    }
  }

  private async committedEpoch(producerId: bigint): Promise<number> {
    const committed = this.scope.offset ? await this.committed(false) : 'unstable';
    const note = committed === 'unstable' ? null : parseOffsetNote(committed.metadata);
    return note?.producerId === producerId ? note.producerEpoch : -1;
  }

  private committed(requireStable: boolean) {
    const { group, topic, partition } = this.scope.offset!;
    return committedOnce(
      this.context,
      this.context.prefixed(group),
      this.context.prefixed(topic),
      partition,
      requireStable,
    );
  }
}

function undecidable({ topic, partition }: TopicPartition): KafkaError {
  return new KafkaError({
    code: 'KAFKA_HANGING_TRANSACTION',
    message: `${topic}/${partition} holds several transactions without their markers, one of them committed and one not: the broker lost the markers. Nothing is guessed. End each with kafka-transactions.sh find-hanging and abort, then start again.`,
    api: 'EndTxn',
    kafkaCode: 0,
    retriable: false,
    context: { topic, partition },
  });
}
