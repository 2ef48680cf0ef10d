import { crashPoint, DeadLetter, type Logger, PoisonError, type TopicDefinition } from '@millrace/contracts';
import { FencedError, type Positions, type UnitOfWork } from '@millrace/persistence';
import { deadLetterId, deadLetterOf } from '../dead-letters/dead-letter';
import type { ControlReader } from '../events/control-reader';
import type { Events } from '../events/events';
import type { FlowInput, Received } from '../flow/flow';
import type { MemberToken } from '../membership/membership';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { GroupReader } from './group-reader';
import type { FetchedPartition, KafkaClient, KafkaRecord } from './kafka-ports';
import type { MessagingEvents } from './messaging-events';

export interface FoldConsumerOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly inputs: readonly FlowInput[];
  readonly readerOf: (input: FlowInput) => ControlReader;
  readonly unitOfWork: UnitOfWork;
  readonly positions: Positions;
  readonly events: Events;
  readonly deadLetters: TopicDefinition;
  readonly handle: (topic: TopicDefinition, batch: Received<unknown>[]) => Promise<void>;
  readonly onTrouble: (error: Error | null) => void;
  readonly watchdog: ProgressWatchdog;
  readonly lifecycle: MessagingEvents;
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Fold mode: one Postgres transaction per fetched batch writes state and position. The position is moved by
 * compare-and-set, which fences zombies, and reading begins at the stored position, never at the group's offset (that one
 * is committed for lag displays only).
 */
export class FoldConsumer {
  private readonly reader: GroupReader;
  private readonly inputs: ReadonlyMap<string, { readonly input: FlowInput; readonly reader: ControlReader }>;

  constructor(private readonly options: FoldConsumerOptions) {
    this.inputs = new Map(
      options.inputs.map((input) => [input.topic.name, { input, reader: options.readerOf(input) }]),
    );
    this.reader = new GroupReader({
      ...options,
      topics: [...this.inputs.keys()],
      startAt: async ({ topic, partition }) =>
        (await options.positions.load(options.group, topic)).get(partition) ?? 'start',
      work: (batch, _, token) => this.work(batch, token),
    });
  }

  start(): Promise<void> {
    return this.reader.start();
  }

  stop(): Promise<void> {
    return this.reader.stop();
  }

  private async work(batch: FetchedPartition, token: MemberToken): Promise<void> {
    const { input, reader } = this.inputs.get(batch.topic)!;
    const received: Received<unknown>[] = [];
    const undecodable: { record: KafkaRecord; error: PoisonError }[] = [];
    while (batch.records.next()) {
      const record = batch.records.record();
      try {
        const one = await reader.read(record);
        if (one) received.push(one);
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        undecodable.push({ record, error });
      }
    }
    await this.fold(batch, input.topic, received, undecodable);
    await this.commit(batch, token);
  }

  private async fold(
    batch: FetchedPartition,
    topic: TopicDefinition,
    received: Received<unknown>[],
    undecodable: readonly { record: KafkaRecord; error: PoisonError }[],
  ): Promise<void> {
    const { unitOfWork, positions, handle, group, lifecycle, now } = this.options;
    const began = now();
    try {
      await unitOfWork.run(async () => {
        if (received.length > 0) await handle(topic, received);
        for (const { record, error } of undecodable) await this.bury(record, error);
        await positions.advance(group, batch.topic, batch.partition, batch.fetchOffset, batch.nextOffset);
        crashPoint('fold.before-commit');
      });
    } catch (error) {
      if (error instanceof FencedError) await this.seekToStored(batch);
      throw error;
    }
    crashPoint('fold.after-commit');
    this.options.onTrouble(null);
    lifecycle.emit('handled', { topic: batch.topic, record: '*', mode: 'fold', seconds: (now() - began) / 1000 });
  }

  /** Somebody else moved on: after the failed batch is set back, the reader goes to where they are. */
  private async seekToStored(batch: FetchedPartition): Promise<void> {
    const stored = (await this.options.positions.load(this.options.group, batch.topic)).get(batch.partition);
    if (stored !== undefined) (batch as { fetchOffset: number }).fetchOffset = stored;
  }

  private async bury(record: KafkaRecord, error: PoisonError): Promise<void> {
    const { events, deadLetters, now, lifecycle, logger } = this.options;
    const key = record.key?.toString('utf8') ?? '';
    await events.publish(DeadLetter, key, deadLetterOf(record, error, now()), {
      id: deadLetterId(record),
      topic: deadLetters,
    });
    lifecycle.emit('deadLetter', { topic: record.topic, reasonCode: error.code });
    logger.warn(
      { topic: record.topic, partition: record.partition, offset: record.offset, code: error.code },
      'Put a record to the dead letters',
    );
  }

  private async commit(batch: FetchedPartition, token: MemberToken): Promise<void> {
    const offsets = new Map([[batch.partition, batch.nextOffset]]);
    await this.options.client.admin
      .commitOffsets(this.options.group, batch.topic, offsets, token)
      .catch((error: Error) => {
        this.options.logger.debug(
          { topic: batch.topic, reason: error.message },
          'The offset for lag displays was not committed',
        );
      });
  }
}
