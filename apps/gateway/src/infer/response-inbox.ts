import { setTimeout as sleep } from 'node:timers/promises';
import type { EndpointCreated, Logger, PredictionResponse } from '@millrace/contracts';
import {
  AvroCodec,
  type FetchedPartition,
  FramedReader,
  type KafkaClient,
  KafkaError,
  type KafkaRecord,
  type PartitionReader,
  parseSchema,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { TAIL, type TailRecord, TailRing } from './tail-ring';

/** A response topic that is being read. */
interface Channel {
  readonly made: EndpointCreated;
  readonly reader: FramedReader<PredictionResponse>;
  /** The last records by partition, oldest first, not decoded. */
  readonly tails: Map<number, TailRecord[]>;
}

/** A response that somebody waits for. */
export interface Expected {
  readonly response: Promise<PredictionResponse>;
  forget(): void;
}

export type TailResponse = PredictionResponse & { readonly endpoint: string };

const RETRY_MS = 500;
/** An idle reader asks so often; what comes is answered at once. */
const LONG_POLL_MS = 5_000;
/** A partition is entered a little before its end, so that the page shows something after a restart. */
const LOOK_BACK = 2 * TAIL;
const REPLY_TO = 'reply-to';

/**
 * Reads the response topics of all endpoints from their ends, one reader for all, and hands each response that names this
 * process in `reply-to` to the call that waits for it. Others are walked over undecoded; the last ten of each partition are
 * kept as bytes for the live page.
 */
export class ResponseInbox {
  private readonly stopping = new AbortController();
  private readonly channels = new Map<string, Promise<Channel>>();
  private readonly attached = new Map<string, Channel>();
  private readonly waiting = new Map<string, (response: PredictionResponse) => void>();
  private readonly partitions: PartitionReader;
  private readonly me: Buffer;
  private running: Promise<void> = Promise.resolve();
  private lastTrouble: Error | null = null;

  constructor(
    private readonly kafka: KafkaClient,
    private readonly schemas: SchemaRegistryClient,
    /** The value of `reply-to` in requests that this process waits for. */
    readonly replyTo: string,
    private readonly logger: Logger,
  ) {
    this.me = Buffer.from(replyTo, 'utf8');
    this.partitions = kafka.partitionReader({ topic: 'responses', maxWaitMs: LONG_POLL_MS });
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.partitions.close();
    await this.running;
  }

  /** Why responses are not read at the moment; null when they are. */
  trouble(): string | null {
    return this.lastTrouble?.message ?? null;
  }

  /** Resolves when every partition of the response topic is read from a known offset on: only then may a request be sent. */
  async attach(made: EndpointCreated): Promise<void> {
    const topic = made.responsesTopic;
    let channel = this.channels.get(topic);
    if (!channel) {
      channel = this.open(made);
      this.channels.set(topic, channel);
      // What failed is tried again by the next call.
      channel.catch(() => this.channels.delete(topic));
    }
    await channel;
  }

  /** The promise of one response. `forget` when nobody waits any more. */
  expect(topic: string, requestId: string): Expected {
    const key = keyOf(topic, requestId);
    const response = new Promise<PredictionResponse>((resolve) => this.waiting.set(key, resolve));
    return { response, forget: () => this.waiting.delete(key) };
  }

  /** The newest responses of all endpoints, newest first. Decoded now, because hardly anybody looks. */
  async tail(limit: number): Promise<TailResponse[]> {
    const newest = [...this.attached.values()]
      .flatMap((channel) => [...channel.tails.values()].flat().map((record) => ({ channel, record })))
      .sort((a, b) => b.record.timestamp - a.record.timestamp || b.record.offset - a.record.offset)
      .slice(0, limit);
    const decoded = await Promise.all(newest.map(({ channel, record }) => this.decode(channel, record.value)));
    return decoded.flatMap((response, index) =>
      response ? [{ ...response, endpoint: newest[index]!.channel.made.endpoint }] : [],
    );
  }

  private async open(made: EndpointCreated): Promise<Channel> {
    const topic = made.responsesTopic;
    const codec = AvroCodec.of<PredictionResponse>(parseSchema(made.responseSchema));
    const channel: Channel = { made, reader: new FramedReader(this.schemas, codec), tails: new Map() };
    await channel.reader.learn(made.responseSchemaId);
    const ends = await this.kafka.admin.endOffsets(topic, 'committed');
    const starts = await this.kafka.admin.startOffsets(topic);
    this.attached.set(topic, channel);
    for (const [partition, end] of ends)
      this.partitions.assign(topic, partition, Math.max(starts.get(partition) ?? 0, end - LOOK_BACK));
    return channel;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const batches = await this.partitions.fetch(signal);
        this.lastTrouble = null;
        for (const batch of batches) await this.take(batch);
      } catch (error) {
        if (signal.aborted) return;
        this.lastTrouble = error as Error;
        this.logger.warn({ reason: (error as Error).message }, 'Responses cannot be read');
        this.skipUnreadable(error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Callers wait for what comes now: a place in the log that cannot be read must not keep them from it. */
  private skipUnreadable(error: unknown): void {
    if (!(error instanceof KafkaError) || error.retriable) return;
    const { topic, partition } = error.context as { topic?: string; partition?: number };
    if (topic !== undefined && partition !== undefined && this.attached.has(topic))
      this.partitions.assign(topic, partition, 'end');
  }

  private async take(batch: FetchedPartition): Promise<void> {
    const channel = this.attached.get(batch.topic);
    if (!channel) return;
    const tail = new TailRing();
    const cursor = batch.records;
    while (cursor.next()) {
      tail.add(cursor);
      if (this.waiting.size > 0 && cursor.headerCount > 0 && cursor.headers().get(REPLY_TO)?.equals(this.me))
        await this.deliver(channel, cursor.record());
    }
    const kept = [...(channel.tails.get(batch.partition) ?? []), ...tail.copies()];
    channel.tails.set(batch.partition, kept.slice(-TAIL));
  }

  private async deliver(channel: Channel, record: KafkaRecord): Promise<void> {
    const response = await this.decode(channel, record.value);
    if (response) this.waiting.get(keyOf(record.topic, response.requestId))?.(response);
  }

  private async decode(channel: Channel, value: Buffer | null): Promise<PredictionResponse | null> {
    try {
      return await channel.reader.read(value);
    } catch (error) {
      const { responsesTopic: topic } = channel.made;
      this.logger.warn({ topic, reason: (error as Error).message }, 'A response cannot be decoded');
      return null;
    }
  }
}

const keyOf = (topic: string, requestId: string): string => `${topic}\n${requestId}`;
