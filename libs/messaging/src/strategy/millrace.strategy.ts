import {
  AppError,
  DeadLetter,
  type Logger,
  PoisonError,
  patternOf,
  type TopicDefinition,
  topicNamed,
} from '@millrace/contracts';
import type { Inbox, Positions, UnitOfWork } from '@millrace/persistence';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { SchemaRegistryClient } from '../avro';
import { deadLetterId, deadLetterOf } from '../dead-letters/dead-letter';
import type { TrustedKeys } from '../envelope';
import { ControlReader } from '../events/control-reader';
import type { DirectEvents } from '../events/direct-events';
import type { Events } from '../events/events';
import { verifyReceived } from '../events/verify-received';
import { type Flow, type FlowInput, foldOf } from '../flow/flow';
import { BroadcastReader } from '../modes/broadcast-reader';
import { FoldConsumer, type FoldConsumerOptions } from '../modes/fold-consumer';
import type { KafkaClient, KafkaRecord } from '../modes/kafka-ports';
import type { MessagingEvents } from '../modes/messaging-events';
import { OutboxConsumer } from '../modes/outbox-consumer';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { checkFlow } from './check-flow';

export interface StrategyOptions {
  readonly flow: Flow;
  readonly client: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly directEvents: DirectEvents;
  readonly trustedKeys: TrustedKeys;
  /** Needed by flows with outbox or fold inputs. */
  readonly database?: {
    readonly unitOfWork: UnitOfWork;
    readonly inbox: Inbox;
    readonly positions: Positions;
    readonly events: Events;
  };
  readonly lifecycle: MessagingEvents;
  readonly now: () => number;
  readonly logger: Logger;
}

interface Consumer {
  start(): Promise<void> | void;
  stop(): Promise<void>;
  /** Of a consumer that reads in a group. */
  readonly isMember?: boolean;
}

/**
 * Nest's door to the log: binds `@EventPattern` handlers to the modes that the service's flow declares. Handlers are plain
 * Nest; order, transactions, retries and dead letters are the transport's.
 */
export class MillraceStrategy extends Server implements CustomTransportStrategy {
  readonly watchdog: ProgressWatchdog;
  private consumers: Consumer[] = [];
  private broadcasts: BroadcastReader[] = [];
  private readonly troubles = new Map<string, Error>();

  constructor(protected readonly options: StrategyOptions) {
    super();
    this.watchdog = new ProgressWatchdog(options.now);
  }

  listen(callback: (error?: unknown) => void): void {
    this.begin().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Ends every handler in hand, then leaves the groups. */
  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    this.consumers = [];
  }

  /** Reasons for not being ready; none when everything runs. */
  reasons(): string[] {
    const stalled = this.watchdog.stalled();
    const loading = this.broadcasts.some((broadcast) => !broadcast.ready)
      ? ['broadcast topics are still being read']
      : [];
    const joining = this.consumers.some((consumer) => consumer.isMember === false)
      ? ['joining the consumer group']
      : [];
    const troubles = [...this.troubles].map(([mode, error]) => `${mode}: ${error.message}`);
    return [...(stalled ? [stalled] : []), ...loading, ...joining, ...troubles];
  }

  /** Resolves when every broadcast topic has been read to the end that it had at the start. */
  async whenReady(): Promise<void> {
    await Promise.all(this.broadcasts.map((broadcast) => broadcast.whenReady));
  }

  on(): never {
    throw new Error('The transport has no events of its own: listen to MessagingEvents.');
  }

  unwrap<T>(): T {
    return this.options.client as T;
  }

  protected inputsOf(mode: FlowInput['mode']): FlowInput[] {
    return this.options.flow.consumes.filter((input) => input.mode === mode);
  }

  protected async begin(): Promise<void> {
    checkFlow(this.options.flow, [...this.messageHandlers.keys()]);
    const of = (mode: FlowInput['mode']) => this.inputsOf(mode);
    this.broadcasts = of('broadcast').map((input) => this.broadcast(input));
    this.consumers = [
      ...this.broadcasts,
      ...(of('outbox').length > 0 ? [this.outbox(of('outbox'))] : []),
      ...(of('fold').length > 0 ? [this.fold(of('fold'))] : []),
    ];
    for (const consumer of this.consumers) await consumer.start();
    void this.whenReady().then(() => this.options.lifecycle.emit('broadcastsComplete', {}));
  }

  private outbox(inputs: readonly FlowInput[]): Consumer {
    return new OutboxConsumer({
      ...this.shared('outbox'),
      ...this.database(),
      group: this.options.flow.service,
      inputs,
      handle: (received) => this.call(patternOf({ fullName: received.record }, topicNamed(received.topic)!), received),
    });
  }

  private fold(inputs: readonly FlowInput[]): Consumer {
    return new FoldConsumer(this.foldOptions(inputs));
  }

  protected foldOptions(inputs: readonly FlowInput[]): FoldConsumerOptions {
    return {
      ...this.shared('fold'),
      ...this.database(),
      group: `${this.options.flow.service}.fold`,
      inputs,
      handle: (topic, batch) => this.call(foldOf(topic), batch),
    };
  }

  private broadcast(input: FlowInput): BroadcastReader {
    const { client, now, logger } = this.options;
    return new BroadcastReader({
      client,
      topic: input.topic.name,
      from: input.from ?? 'first',
      reader: this.readerOf(input),
      handle: (received, record) => {
        const verified = verifyReceived(input, record, received, this.options);
        return this.call(patternOf({ fullName: received.record }, input.topic), verified);
      },
      onPoison: (record, error) => this.buryBroadcast(record, error),
      onTrouble: (error) => this.trouble(`broadcast ${input.topic.name}`, error),
      now,
      logger,
    });
  }

  private shared(mode: string) {
    const { client, trustedKeys, lifecycle, now, logger } = this.options;
    return {
      client,
      trustedKeys,
      lifecycle,
      now,
      logger,
      watchdog: this.watchdog,
      deadLetters: this.deadLetterTopic(),
      readerOf: (input: FlowInput) => this.readerOf(input),
      onTrouble: (error: Error | null) => this.trouble(mode, error),
    };
  }

  private readerOf(input: FlowInput): ControlReader {
    return new ControlReader(this.options.schemas, input.records);
  }

  private database(): NonNullable<StrategyOptions['database']> {
    if (this.options.database) return this.options.database;
    throw new AppError({
      code: 'FLOW_NEEDS_DATABASE',
      message: `${this.options.flow.service}.flow.ts consumes in outbox or fold mode, which needs a database.`,
      retriable: false,
    });
  }

  private deadLetterTopic(): TopicDefinition {
    return topicNamed(`${this.options.flow.service}.dead-letters.v1`)!;
  }

  private async buryBroadcast(record: KafkaRecord, error: PoisonError): Promise<void> {
    const key = record.key?.toString('utf8') ?? '';
    const letter = deadLetterOf(record, error, this.options.now());
    await this.options.directEvents.publish(DeadLetter, key, letter, {
      id: deadLetterId(record),
      topic: this.deadLetterTopic(),
    });
    this.options.lifecycle.emit('deadLetter', { topic: record.topic, reasonCode: error.code });
  }

  private trouble(mode: string, error: Error | null): void {
    if (error) this.troubles.set(mode, error);
    else this.troubles.delete(mode);
  }

  private async call(pattern: string, payload: unknown): Promise<void> {
    for (let handler: MessageHandler | undefined = this.messageHandlers.get(pattern); handler; handler = handler.next) {
      const result = this.transformToObservable(await handler(payload, { pattern }));
      await lastValueFrom(result, { defaultValue: undefined });
    }
  }
}
