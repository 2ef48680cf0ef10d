import type { Logger } from '@millrace/contracts';
import { BackOff } from '../client/back-off';
import type { ClientContext } from '../client/client-context';
import { asKafkaError, brokerError, KafkaError } from '../client/kafka-error';
import { listOffsetsOf } from '../client/offsets';
import type { BrokerAddress } from '../kafkajs/internal-shapes';
import type { LinkSet } from '../kafkajs/link';
import { scanBatches } from '../records/scan-batches';
import { isMoved, KafkaCode } from '../wire/error-codes';
import { type FetchPartitionResponse, fetchApi } from '../wire/fetch';
import { EARLIEST, LATEST } from '../wire/list-offsets';
import type { FetchedPartition, PartitionReader, ReaderOptions } from './partition-reader';

/** At most so many bytes are asked for in one request, whatever the number of partitions. */
const MAX_FETCH_BYTES = 32 * 1024 * 1024;
/** Sockets per leader, opened when wanted: one for the long poll that hangs, others for what was assigned, sought or resumed meanwhile. */
const SLOTS = 4;
/** A batch with a wrong checksum is fetched so often before it is thrown. */
const CORRUPT_TRIES = 3;

interface Assignment {
  readonly topic: string;
  readonly fullName: string;
  readonly partition: number;
  position: number | 'start' | 'end';
  paused: boolean;
  /** Raised by seek and unassign: an answer to an older question is dropped. */
  epoch: number;
  /** Being located, asked for, or delivered. */
  busy: boolean;
  leader: BrokerAddress | null;
  retryAt: number;
  corruptions: number;
  backOff: BackOff;
}

interface Question {
  assignment: Assignment;
  epoch: number;
  offset: number;
}

interface Answer extends Question {
  fetched: FetchedPartition;
}

export class LeaderPartitionReader implements PartitionReader {
  private readonly assignments = new Map<string, Assignment>();
  private readonly busySlots = new Map<string, Set<number>>();
  private readonly links: LinkSet;
  private readonly logger: Logger;
  private answers: Answer[] = [];
  private failures: { question: Question; error: KafkaError }[] = [];
  private pollCameBackEmpty = false;
  private wake: () => void = () => undefined;
  private closed = false;

  constructor(
    private readonly context: ClientContext,
    private readonly options: ReaderOptions,
  ) {
    this.links = context.ownLinks();
    this.logger = context.logger.child({ reader: options.topic ?? 'several topics' });
  }

  assign(topic: string, partition: number, offset: number | 'start' | 'end'): void {
    const key = keyOf(topic, partition);
    const present = this.assignments.get(key);
    if (present !== undefined) this.retire(present);
    this.assignments.set(key, {
      topic,
      fullName: this.context.prefixed(topic),
      partition,
      position: offset,
      paused: false,
      epoch: 0,
      busy: false,
      leader: null,
      retryAt: 0,
      corruptions: 0,
      backOff: new BackOff(50, 2_000),
    });
    this.wake();
  }

  unassign(topic: string, partition: number): void {
    const assignment = this.assignments.get(keyOf(topic, partition));
    if (assignment === undefined) return;
    this.retire(assignment);
    this.assignments.delete(keyOf(topic, partition));
  }

  pause(topic: string, partition: number): void {
    this.assigned(topic, partition).paused = true;
  }

  resume(topic: string, partition: number): void {
    this.assigned(topic, partition).paused = false;
    this.wake();
  }

  seek(topic: string, partition: number, offset: number): void {
    const assignment = this.assigned(topic, partition);
    this.retire(assignment);
    assignment.position = offset;
    this.wake();
  }

  position(topic: string, partition: number): number {
    const { position } = this.assigned(topic, partition);
    return typeof position === 'number' ? position : -1;
  }

  async fetch(signal: AbortSignal): Promise<FetchedPartition[]> {
    const deadline = performance.now() + this.maxWaitMs;
    this.pollCameBackEmpty = false;
    for (;;) {
      if (this.closed) throw closedError();
      if (signal.aborted) return [];
      const delivered = this.deliver();
      if (delivered.length > 0) return delivered;
      this.throwFailure();
      if (this.pollCameBackEmpty) return [];
      this.dispatch();
      const now = performance.now();
      if (now >= deadline + (this.hasPollInFlight() ? this.maxWaitMs : 0)) return [];
      await this.changed(signal, this.nextTimer(now, deadline));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.links.close();
    this.wake();
  }

  private get maxWaitMs(): number {
    return this.options.maxWaitMs ?? 500;
  }

  private assigned(topic: string, partition: number): Assignment {
    const assignment = this.assignments.get(keyOf(topic, partition));
    if (assignment === undefined) {
      throw new KafkaError({
        code: 'KAFKA_NOT_ASSIGNED',
        message: `${topic}/${partition} is not assigned to this reader. Call assign() first.`,
        api: 'Fetch',
        kafkaCode: 0,
        retriable: false,
        context: { topic, partition },
      });
    }
    return assignment;
  }

  /** Whatever was asked for this assignment so far no longer counts. */
  private retire(assignment: Assignment): void {
    assignment.epoch++;
    assignment.busy = false;
    assignment.retryAt = 0;
  }

  /** Hands out what was answered; a paused partition keeps its position, so that its records are fetched again after resume. */
  private deliver(): FetchedPartition[] {
    const delivered: FetchedPartition[] = [];
    for (const { assignment, epoch, fetched } of this.answers) {
      if (assignment.epoch !== epoch) continue;
      assignment.busy = false;
      if (assignment.paused) continue;
      assignment.position = fetched.nextOffset;
      this.toTheBack(assignment);
      delivered.push(fetched);
    }
    this.answers = [];
    return delivered;
  }

  /** The broker fills partitions in the order of the request until it reaches the limit: who was served goes to the back. */
  private toTheBack(assignment: Assignment): void {
    const key = keyOf(assignment.topic, assignment.partition);
    this.assignments.delete(key);
    this.assignments.set(key, assignment);
  }

  private throwFailure(): void {
    for (let failure = this.failures.shift(); failure !== undefined; failure = this.failures.shift()) {
      const { assignment, epoch } = failure.question;
      if (assignment.epoch !== epoch) continue;
      assignment.busy = false;
      throw failure.error;
    }
  }

  private dispatch(): void {
    const now = performance.now();
    const byLeader = new Map<BrokerAddress, Question[]>();
    for (const assignment of this.assignments.values()) {
      if (assignment.busy || assignment.paused || assignment.retryAt > now) continue;
      const { leader, position, epoch } = assignment;
      if (leader === null || typeof position !== 'number') {
        assignment.busy = true;
        void this.locate({ assignment, epoch, offset: -1 });
        continue;
      }
      const questions = byLeader.get(leader) ?? [];
      questions.push({ assignment, epoch, offset: position });
      byLeader.set(leader, questions);
    }
    for (const [leader, questions] of byLeader) {
      const slot = this.freeSlot(leader);
      if (slot === null) continue; // asked for when one of the long polls comes back, at most maxWaitMs from now
      for (const { assignment } of questions) assignment.busy = true;
      void this.poll(leader, slot, questions);
    }
  }

  /** Finds the leader, and the offset of 'start' or 'end'. */
  private async locate(question: Question): Promise<void> {
    const { assignment, epoch } = question;
    const { fullName, partition } = assignment;
    try {
      const leader = await this.context.map.leaderOf(fullName, partition);
      let position = assignment.position;
      if (typeof position !== 'number') {
        const isolation = this.isolation;
        const timestamp = position === 'start' ? EARLIEST : LATEST;
        position = (await listOffsetsOf(this.context, fullName, [partition], timestamp, isolation)).get(partition) ?? 0;
      }
      if (assignment.epoch !== epoch) return;
      assignment.leader = leader;
      assignment.position = position;
      assignment.busy = false;
    } catch (error) {
      this.trouble([question], asKafkaError(error, 'Metadata'));
    } finally {
      this.wake();
    }
  }

  private async poll(leader: BrokerAddress, slot: number, questions: Question[]): Promise<void> {
    this.slotsOf(leader).add(slot);
    try {
      const link = await this.links.get(leader, `fetch ${slot}`);
      const response = await link.call(
        fetchApi,
        this.request(questions),
        this.maxWaitMs + this.context.requestTimeoutMs,
      );
      if (response.errorCode !== 0) throw brokerError('Fetch', response.errorCode, 'the fetch');
      const found = new Map<string, FetchPartitionResponse>();
      for (const { topic, partitions } of response.topics) {
        for (const partition of partitions) found.set(keyOf(topic, partition.partition), partition);
      }
      let anything = false;
      for (const question of questions) {
        const { fullName, partition } = question.assignment;
        const answer = found.get(keyOf(fullName, partition));
        if (answer === undefined) this.release(question);
        else if (await this.take(question, answer)) anything = true;
      }
      if (!anything) this.pollCameBackEmpty = true;
    } catch (error) {
      this.trouble(questions, asKafkaError(error, 'Fetch'));
    } finally {
      this.slotsOf(leader).delete(slot);
      this.wake();
    }
  }

  private request(questions: Question[]) {
    const maxBytes = this.options.maxBytes ?? 1024 * 1024;
    const topics = new Map<string, { partition: number; offset: number; maxBytes: number }[]>();
    for (const { assignment, offset } of questions) {
      const partitions = topics.get(assignment.fullName) ?? [];
      partitions.push({ partition: assignment.partition, offset, maxBytes });
      topics.set(assignment.fullName, partitions);
    }
    return {
      maxWaitMs: this.maxWaitMs,
      minBytes: this.options.minBytes ?? 1,
      maxBytes: Math.min(MAX_FETCH_BYTES, maxBytes * questions.length),
      isolation: this.isolation,
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    };
  }

  /** @returns whether there is something to deliver or to throw */
  private async take(question: Question, response: FetchPartitionResponse): Promise<boolean> {
    const { assignment, offset } = question;
    if (response.errorCode !== 0) {
      await this.refused(question, response.errorCode);
      return true;
    }
    this.options.onAnswer?.(assignment.topic, assignment.partition);
    assignment.backOff.reset();
    const records = response.records;
    if (records === null || records.length === 0) {
      this.release(question);
      return false;
    }
    const { topic, partition } = assignment;
    try {
      const aborted = this.isolation === 1 ? response.abortedTransactions : [];
      const scanned = await scanBatches(topic, partition, offset, records, aborted);
      assignment.corruptions = 0;
      this.answers.push({
        ...question,
        fetched: {
          topic,
          partition,
          fetchOffset: offset,
          nextOffset: scanned.nextOffset,
          lastStableOffset: response.lastStableOffset,
          logStartOffset: response.logStartOffset,
          highWatermark: response.highWatermark,
          bytes: records.length,
          abortedRecords: scanned.abortedRecords,
          records: scanned.cursor,
        },
      });
    } catch (error) {
      const failure = asKafkaError(error, 'Fetch');
      assignment.corruptions++;
      if (failure.retriable && assignment.corruptions < CORRUPT_TRIES) this.trouble([question], failure);
      else this.fail(question, failure);
    }
    return true;
  }

  private async refused(question: Question, errorCode: number): Promise<void> {
    const { fullName, partition } = question.assignment;
    if (errorCode === KafkaCode.OFFSET_OUT_OF_RANGE) return this.outOfRange(question);
    const error = brokerError('Fetch', errorCode, `${fullName}/${partition} from offset ${question.offset}`, {
      topic: fullName,
      partition,
    });
    if (error.retriable) this.trouble([question], error);
    else this.fail(question, error);
  }

  private async outOfRange(question: Question): Promise<void> {
    const { fullName, partition } = question.assignment;
    try {
      const starts = await listOffsetsOf(this.context, fullName, [partition], EARLIEST, 0);
      const ends = await listOffsetsOf(this.context, fullName, [partition], LATEST, 0);
      const start = starts.get(partition) ?? -1;
      const end = ends.get(partition) ?? -1;
      const what = `offset ${question.offset} of ${fullName}/${partition}, which keeps ${start} to ${end}`;
      const context = { topic: fullName, partition, offset: question.offset, startOffset: start, endOffset: end };
      this.fail(question, brokerError('Fetch', KafkaCode.OFFSET_OUT_OF_RANGE, what, context));
    } catch (error) {
      this.trouble([question], asKafkaError(error, 'ListOffsets'));
    }
  }

  /** To be tried again, after a wait that doubles. */
  private trouble(questions: Question[], error: KafkaError): void {
    if (this.closed) return;
    if (!error.retriable) {
      for (const question of questions) this.fail(question, error);
      return;
    }
    this.logger.warn(
      {
        code: error.code,
        partitions: questions.map(({ assignment }) => keyOf(assignment.topic, assignment.partition)),
      },
      error.message,
    );
    for (const { assignment, epoch } of questions) {
      if (error.kafkaCode === 0 || isMoved(error.kafkaCode)) {
        this.context.map.forgetTopic(assignment.fullName);
        assignment.leader = null;
      }
      if (assignment.epoch !== epoch) continue;
      assignment.busy = false;
      assignment.retryAt = performance.now() + assignment.backOff.take();
    }
    this.options.onTrouble?.(error);
  }

  private fail(question: Question, error: KafkaError): void {
    this.failures.push({ question, error });
  }

  private release({ assignment, epoch }: Question): void {
    if (assignment.epoch === epoch) assignment.busy = false;
  }

  private get isolation(): 0 | 1 {
    return this.options.isolation === 'uncommitted' ? 0 : 1;
  }

  private slotsOf(leader: BrokerAddress): Set<number> {
    const key = `${leader.nodeId}@${leader.host}:${leader.port}`;
    let slots = this.busySlots.get(key);
    if (slots === undefined) {
      slots = new Set();
      this.busySlots.set(key, slots);
    }
    return slots;
  }

  private freeSlot(leader: BrokerAddress): number | null {
    const busy = this.slotsOf(leader);
    for (let slot = 0; slot < SLOTS; slot++) if (!busy.has(slot)) return slot;
    return null;
  }

  private hasPollInFlight(): boolean {
    for (const slots of this.busySlots.values()) if (slots.size > 0) return true;
    return false;
  }

  /** When to look again without being woken: at the next retry, or when the time without data is over. */
  private nextTimer(now: number, deadline: number): number {
    let at = deadline > now ? deadline : now + this.maxWaitMs;
    for (const { busy, paused, retryAt } of this.assignments.values()) {
      if (!busy && !paused && retryAt > now) at = Math.min(at, retryAt);
    }
    return Math.max(1, Math.ceil(at - now));
  }

  private changed(signal: AbortSignal, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function closedError(): KafkaError {
  return new KafkaError({
    code: 'KAFKA_CLOSED',
    message: 'This reader was closed. Make a new one with client.partitionReader().',
    api: 'Fetch',
    kafkaCode: 0,
    retriable: false,
  });
}
