import {
  type EndpointCreated,
  PoisonError,
  type PredictionRequest,
  type PredictionResponse,
} from '@millrace/contracts';
import { AvroCodec, FramedReader, type KafkaClient, parseSchema, type SchemaRegistryClient } from '@millrace/messaging';
import { RecordFeed } from '../reading/record-feed';
import type { Difference } from './causes';
import type { Joined } from './judge-response';
import type { PartitionRange } from './replay-range';

export interface JoinOptions {
  readonly kafka: KafkaClient;
  readonly endpoint: EndpointCreated;
  readonly range: PartitionRange;
  readonly readers: EndpointReaders;
  /** A promise only where the caller has something to wait for. */
  readonly onJoined: (joined: Joined) => Promise<void> | undefined;
  readonly onDifference: (difference: Difference) => void;
  /** A response whose request retention took. */
  readonly onTrimmed: (response: PredictionResponse) => void;
  /** Asked behind the range: is more needed to complete a batch? */
  readonly wantsMore: () => boolean;
  readonly onProgress: (offsets: number) => void;
}

/** Readers of an endpoint's records, whatever version of its schemas wrote them. */
export interface EndpointReaders {
  readonly requests: FramedReader<PredictionRequest>;
  readonly responses: FramedReader<PredictionResponse>;
}

export const endpointReaders = (schemas: SchemaRegistryClient, endpoint: EndpointCreated): EndpointReaders => ({
  requests: new FramedReader(schemas, AvroCodec.of<PredictionRequest>(parseSchema(endpoint.requestSchema))),
  responses: new FramedReader(schemas, AvroCodec.of<PredictionResponse>(parseSchema(endpoint.responseSchema))),
});

const PROGRESS_EVERY = 4_096;

/**
 * Reads one partition of the response topic and, beside it, the same partition of the request topic: responses stand in
 * request order, so one pass over both joins them, in constant memory.
 */
export async function joinPartition(options: JoinOptions): Promise<void> {
  const { kafka, endpoint, range } = options;
  const feed = new RecordFeed(kafka, endpoint.responsesTopic, range.partition, range.readFrom, range.readTo);
  const requests = new RequestSide(options);
  let told = range.from;
  let lastRequest = -1;
  try {
    while (feed.next() || (await feed.more())) {
      const { offset } = feed.at;
      if (offset >= range.to && !options.wantsMore()) break;
      const inRange = offset >= range.from && offset < range.to;
      const decoding = decoded(options.readers.responses, feed);
      const response = decoding instanceof Promise ? await decoding : decoding;
      if (response instanceof PoisonError) {
        if (inRange)
          options.onDifference(difference('response-undecodable', range, offset, '', null, response.message));
        continue;
      }
      if (response.requestOffset <= lastRequest) {
        if (inRange)
          options.onDifference(
            difference('response-doubled', range, offset, response.requestId, response.requestOffset, lastRequest),
          );
        continue;
      }
      // One that names a place beyond the log must not hide the responses behind it.
      if (response.requestOffset < range.requestsEnd) lastRequest = response.requestOffset;
      const finding = requests.find(response.requestOffset, inRange);
      const found = finding instanceof Promise ? await finding : finding;
      if (found !== null) {
        const { request, key } = found;
        const joined = { request, key, response, partition: range.partition, offset, inRange };
        const waiting = options.onJoined(joined);
        if (waiting) await waiting;
      } else if (inRange) missing(response, offset, options);
      if (offset - told >= PROGRESS_EVERY) {
        options.onProgress(Math.min(offset, range.to) - told);
        told = offset;
      }
    }
    options.onProgress(Math.max(0, range.to - told));
  } finally {
    await feed.close();
    await requests.close();
  }
}

function missing(response: PredictionResponse, offset: number, { range, onTrimmed, onDifference }: JoinOptions): void {
  const { requestId, requestOffset } = response;
  if (requestOffset < range.firstRequest) onTrimmed(response);
  else onDifference(difference('request-missing', range, offset, requestId, requestOffset, null));
}

interface FoundRequest {
  readonly request: PredictionRequest;
  readonly key: string | null;
}

/** The request topic, read forward as far as the responses go. */
class RequestSide {
  private feed: RecordFeed | null = null;
  private standsAt = -1;
  private ended = false;
  /** The last request that a response was found for. */
  private passed = -1;

  constructor(private readonly options: JoinOptions) {}

  /** The request at this offset; null when there is none that decodes. Offsets only grow. A promise only where the feed waits. */
  find(offset: number, inRange: boolean): FoundRequest | null | Promise<FoundRequest | null> {
    if (this.feed !== null && this.standsAt === this.passed && this.feed.next()) {
      this.standsAt = this.feed.at.offset;
      if (this.standsAt === offset) return this.take(this.feed);
    }
    return this.seek(offset, inRange);
  }

  private async seek(offset: number, inRange: boolean): Promise<FoundRequest | null> {
    const { kafka, endpoint, range } = this.options;
    if (offset >= range.requestsEnd) return null;
    const from = Math.max(offset, range.firstRequest);
    this.feed ??= new RecordFeed(kafka, endpoint.requestsTopic, range.partition, from, range.requestsEnd);
    while (this.standsAt < offset && !this.ended) {
      if (this.standsAt >= 0 && this.passed !== this.standsAt) await this.unanswered(inRange);
      if (this.feed.next() || (await this.feed.more())) this.standsAt = this.feed.at.offset;
      else this.ended = true;
    }
    return this.standsAt === offset ? this.take(this.feed) : null;
  }

  private take(feed: RecordFeed): FoundRequest | null | Promise<FoundRequest | null> {
    this.passed = this.standsAt;
    const { buffer, keyStart, keyEnd } = feed.at;
    const key = keyStart < 0 ? null : buffer.toString('utf8', keyStart, keyEnd);
    const found = (request: PredictionRequest | PoisonError): FoundRequest | null =>
      request instanceof PoisonError ? null : { request, key };
    const decoding = decoded(this.options.readers.requests, feed);
    return decoding instanceof Promise ? decoding.then(found) : found(decoding);
  }

  async close(): Promise<void> {
    await this.feed?.close();
  }

  /** A request that was stepped over must be one that does not decode: it has a dead letter instead of a response. */
  private async unanswered(inRange: boolean): Promise<void> {
    const { range, readers, onDifference } = this.options;
    const request = await decoded(readers.requests, this.feed!);
    if (!(request instanceof PoisonError) && inRange)
      onDifference(difference('response-missing', range, this.standsAt, request.requestId, null, 'a response'));
  }
}

/** What stands there, or why it does not decode. A promise only for a schema that was not seen before. */
function decoded<T>(reader: FramedReader<T>, { at }: RecordFeed): T | PoisonError | Promise<T | PoisonError> {
  const { buffer, valueStart, valueEnd } = at;
  const value = valueStart < 0 ? null : buffer;
  try {
    const unlearned = reader.unlearned(value, valueStart, valueEnd);
    if (unlearned === null) return reader.decode(value, valueStart, valueEnd);
    return reader
      .learn(unlearned)
      .then(() => reader.decode(value, valueStart, valueEnd))
      .catch(poisonOnly);
  } catch (error) {
    return poisonOnly(error);
  }
}

function poisonOnly(error: unknown): PoisonError {
  if (error instanceof PoisonError) return error;
  throw error;
}

const difference = (
  cause: Difference['cause'],
  { partition }: PartitionRange,
  offset: number,
  requestId: string,
  recorded: unknown,
  computed: unknown,
): Difference => ({ cause, partition, offset, requestId, recorded, computed });
