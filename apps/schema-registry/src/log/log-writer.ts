import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, crashPoint, type Logger } from '@millrace/contracts';
import { RecordBatchWriter } from '@millrace/messaging';
import type { Decision } from '../domain/decision';
import { type LogRecord, writeLogRecord } from '../domain/log-record';
import type { RegistryState } from '../domain/registry-state';
import { acceptedOf, unavailable } from '../refused';
import type { LogClient } from './log-client';
import { SCHEMAS_TOPIC, type SchemaLog } from './schema-log';
import { within } from './within';

/** Everybody who would write `_schemas` must own this transactional id: the newest owner fences the others. */
export const TRANSACTIONAL_ID = 'schema-registry';

export interface LogWriterOptions {
  /** Longest wait of a request for its write, milliseconds. */
  readonly writeTimeoutMs: number;
  /** Wait before a failed start or recovery is tried again, milliseconds. */
  readonly tryAgainMs: number;
}

export const LOG_WRITER_OPTIONS: LogWriterOptions = { writeTimeoutMs: 8_000, tryAgainMs: 1_000 };

/**
 * - starting: the transactional id is not ours yet, or the log has not been read to its end since it is
 * - writer: the one active writer, as far as it knows; the broker refuses its next write when a newer one exists
 * - recovering: a write has ended in doubt; before the next one it must be known who owns the id
 * - fenced: a newer instance writes. This one answers reads and stays fenced until it is started again
 */
export type WriterRole = 'starting' | 'writer' | 'recovering' | 'fenced';

/** Writes that wait for their turn at most; more are refused at once. */
const QUEUE_MAX = 1_000;
/** Also how long the producer itself tries before a write counts as failed. */
const TRANSACTION_TIMEOUT_MS = 5_000;
const STOP_PATIENCE_MS = 6_000;

/**
 * The active writer. There is no election: who starts last takes the transactional id, and Kafka refuses the writes of
 * everybody before (KIP-98 fencing). Writes run one by one: decide on the state, append in a transaction, wait until the
 * own reader has folded it, answer. So an answered write is in the state of this instance and of every later one.
 */
export class LogWriter {
  private state: WriterRole = 'starting';
  private readonly producer: ReturnType<LogClient['transactionalProducer']>;
  private readonly batch = new RecordBatchWriter(4_096);
  private readonly stopping = new AbortController();
  private tail: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(
    client: LogClient,
    private readonly log: SchemaLog,
    private readonly logger: Logger,
    private readonly clock: Clock,
    private readonly options: LogWriterOptions = LOG_WRITER_OPTIONS,
  ) {
    this.producer = client.transactionalProducer(TRANSACTIONAL_ID, {
      scope: { partitions: [{ topic: SCHEMAS_TOPIC, partition: 0 }] },
      timeoutMs: TRANSACTION_TIMEOUT_MS,
    });
  }

  get role(): WriterRole {
    return this.state;
  }

  /** Takes the transactional id, in the background and until it succeeds. */
  start(): void {
    this.running = this.becomeWriter(async () => {
      await this.producer.init();
      return 'owned';
    });
  }

  /** Lets writes under way end for a while. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const settled = Promise.all([this.tail, this.running]);
    await within(settled, STOP_PATIENCE_MS, () => new Error('writes were still under way')).catch((error: Error) =>
      this.logger.warn({}, `The schema registry stops although ${error.message}`),
    );
    await this.producer.close();
  }

  /**
   * Decides on the current state and appends what was decided.
   * @throws Refused with the decision's refusal, or 503: not the writer (50003), no answer in time (50002), log not reachable (50001).
   */
  async write<T>(decide: (state: RegistryState) => Decision<T>): Promise<T> {
    if (this.queued >= QUEUE_MAX) throw unavailable(50001, 'Too many writes are waiting already.', 5);
    if (this.stopping.signal.aborted) throw unavailable(50001, 'The schema registry is stopping.', 5);
    this.queued++;
    const turn = this.tail.then(() => this.perform(decide));
    this.tail = turn.then(noop, noop).finally(() => {
      this.queued--;
    });
    return within(turn, this.options.writeTimeoutMs, () =>
      unavailable(
        50002,
        'The write was not confirmed in time. Send it again: what was written already is not written twice.',
        5,
      ),
    );
  }

  private async perform<T>(decide: (state: RegistryState) => Decision<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.requireWriter();
      const { records, answer } = acceptedOf(decide(this.log.current));
      if (records.length === 0) return answer;
      try {
        await this.log.reached(await this.append(records));
        return answer;
      } catch (error) {
        this.logger.warn({ err: error, attempt }, 'A write to the log has failed; whether it took effect is looked up');
        await this.recover();
        if (attempt === 2) throw unavailable(50001, `The log cannot be written: ${(error as Error).message}`, 5);
      }
    }
  }

  /** Appends in one transaction; answers the offset after the last record. */
  private async append(records: readonly LogRecord[]): Promise<number> {
    this.batch.begin();
    for (const record of records) {
      const { key, value } = writeLogRecord(record);
      this.batch.add(this.clock.now(), Buffer.from(key), value === null ? null : Buffer.from(value));
    }
    const first = await this.producer.produce(SCHEMAS_TOPIC, 0, this.batch.finish());
    crashPoint('schema-registry.before-commit');
    await this.producer.commit();
    crashPoint('schema-registry.after-commit');
    return first + records.length;
  }

  private requireWriter(): void {
    if (this.state === 'writer') return;
    const message =
      this.state === 'fenced'
        ? 'This instance of the schema registry is not the writer: a newer instance has taken over. Send writes to that one.'
        : 'The schema registry cannot write yet: it does not own its log, or the broker is away.';
    throw unavailable(this.state === 'fenced' ? 50003 : 50001, message, 5);
  }

  /** After a failed write: one look at who owns the id now; when nobody can say, further looks in the background. */
  private async recover(): Promise<void> {
    this.state = 'recovering';
    try {
      await this.settle(() => this.askOwner());
    } catch (error) {
      this.logger.warn(
        { err: error },
        'The schema registry cannot learn whether it is still the writer; it asks again',
      );
      this.running = this.becomeWriter(() => this.askOwner());
    }
  }

  private async askOwner(): Promise<'owned' | 'fenced'> {
    return (await this.producer.recover()) === 'fenced' ? 'fenced' : 'owned';
  }

  private async becomeWriter(take: () => Promise<'owned' | 'fenced'>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return await this.settle(take);
      } catch (error) {
        this.logger.warn({ err: error }, 'The schema registry cannot take its log to write; it tries again');
        await delay(this.options.tryAgainMs, undefined, { signal }).catch(noop);
      }
    }
  }

  /** Once the id is ours, earlier owners can write no more: what is committed now is all there is to read first. */
  private async settle(take: () => Promise<'owned' | 'fenced'>): Promise<void> {
    if ((await take()) === 'fenced') {
      this.state = 'fenced';
      this.logger.warn(
        {},
        'A newer schema registry has taken over: this one answers reads only, until it is started again',
      );
      return;
    }
    await within(
      this.log.catchUp(),
      this.options.writeTimeoutMs,
      () => new Error('the log was not read to its end in time'),
    );
    this.state = 'writer';
    this.logger.info({}, 'This schema registry is the writer');
  }
}

const noop = (): void => undefined;
