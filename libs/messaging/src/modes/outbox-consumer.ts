import { crashPoint, type Logger, PoisonError, type TopicDefinition } from '@millrace/contracts';
import type { Inbox, UnitOfWork } from '@millrace/persistence';
import { deadLetterId } from '../dead-letters/dead-letter';
import type { TrustedKeys } from '../envelope';
import type { ControlReader } from '../events/control-reader';
import type { Events } from '../events/events';
import { verifyReceived } from '../events/verify-received';
import type { FlowInput, Received } from '../flow/flow';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { GroupReader } from './group-reader';
import type { FetchedPartition, KafkaClient, KafkaRecord } from './kafka-ports';
import type { MessagingEvents } from './messaging-events';
import type { WorkContext } from './partition-loop';
import { workOnRecord } from './retry-policy';

export interface OutboxConsumerOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly inputs: readonly FlowInput[];
  readonly readerOf: (input: FlowInput) => ControlReader;
  readonly unitOfWork: UnitOfWork;
  readonly inbox: Inbox;
  readonly events: Events;
  readonly trustedKeys: TrustedKeys;
  readonly deadLetters: TopicDefinition;
  readonly handle: (received: Received<unknown>) => Promise<void>;
  readonly onTrouble: (error: Error | null) => void;
  readonly watchdog: ProgressWatchdog;
  readonly lifecycle: MessagingEvents;
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Outbox mode: for each record one Postgres transaction with the inbox row, the state and the outbox rows; the offset is
 * committed after it. A crash in between delivers the record again, and the inbox drops it by its event id.
 */
export class OutboxConsumer {
  private readonly reader: GroupReader;
  private readonly inputs: ReadonlyMap<string, { readonly input: FlowInput; readonly reader: ControlReader }>;

  constructor(private readonly options: OutboxConsumerOptions) {
    this.inputs = new Map(
      options.inputs.map((input) => [input.topic.name, { input, reader: options.readerOf(input) }]),
    );
    this.reader = new GroupReader({
      ...options,
      topics: [...this.inputs.keys()],
      startAt: async ({ topic, partition }) => {
        const committed = (await options.client.admin.committedOffsets(options.group, topic)).get(partition) ?? -1;
        return committed < 0 ? 'start' : committed;
      },
      work: (batch, context) => this.work(batch, context),
    });
  }

  start(): Promise<void> {
    return this.reader.start();
  }

  stop(): Promise<void> {
    return this.reader.stop();
  }

  get isMember(): boolean {
    return this.reader.isMember;
  }

  private async work(batch: FetchedPartition, context: WorkContext): Promise<number> {
    let next = batch.nextOffset;
    while (batch.records.next()) {
      const { offset } = batch.records;
      context.reached(offset);
      if (!(await this.workOne(batch.records.record(), context))) {
        next = offset;
        break;
      }
    }
    if (next > batch.fetchOffset) await this.commit(batch, next, context);
    return next;
  }

  private async commit({ topic, partition }: FetchedPartition, offset: number, { token }: WorkContext): Promise<void> {
    const { client, group } = this.options;
    crashPoint('outbox.before-offset-commit');
    await client.admin.commitOffsets(group, topic, new Map([[partition, offset]]), token);
    crashPoint('outbox.after-offset-commit');
  }

  /** @returns false when it was told to stop before the record had its effect. */
  private async workOne(record: KafkaRecord, { signal, trouble }: WorkContext): Promise<boolean> {
    if (signal.aborted) return false;
    const outcome = await workOnRecord(() => this.apply(record), signal, trouble);
    if (outcome.kind !== 'poison') return outcome.kind === 'done';
    const burial = await workOnRecord(() => this.bury(record, outcome.error), signal, trouble);
    // A record that can be neither worked on nor buried is not passed over.
    if (burial.kind === 'poison') throw burial.error;
    return burial.kind === 'done';
  }

  private async apply(record: KafkaRecord): Promise<void> {
    const { input, reader } = this.inputs.get(record.topic)!;
    const received = await reader.read(record);
    if (!received) return;
    const verified = verifyReceived(input, record, received, this.options);
    const began = this.options.now();
    const fresh = await this.options.unitOfWork.run(async () => {
      if (!(await this.options.inbox.tryInsert(this.options.group, received.id, received))) return false;
      await this.options.handle(verified);
      crashPoint('outbox.before-commit');
      return true;
    });
    crashPoint('outbox.after-commit');
    const { lifecycle } = this.options;
    if (fresh)
      lifecycle.emit('handled', {
        topic: record.topic,
        record: received.record,
        mode: 'outbox',
        records: 1,
        seconds: (this.options.now() - began) / 1000,
      });
    else lifecycle.emit('deduplicated', { topic: record.topic, mode: 'outbox' });
  }

  private async bury(record: KafkaRecord, error: PoisonError): Promise<void> {
    const { unitOfWork, inbox, events, deadLetters, lifecycle, logger } = this.options;
    const id = deadLetterId(record);
    const buried = await unitOfWork.run(async () => {
      if (!(await inbox.tryInsert(this.options.group, id, record))) return false;
      await events.bury(record, error, deadLetters);
      return true;
    });
    if (!buried) return;
    lifecycle.emit('deadLetter', { topic: record.topic, reasonCode: error.code });
    logger.warn(
      {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        code: error.code,
        reason: error.message,
      },
      'Put a record to the dead letters',
    );
  }
}
