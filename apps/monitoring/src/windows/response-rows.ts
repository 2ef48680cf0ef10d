import {
  type EndpointCreated,
  PoisonError,
  type PredictionRequest,
  type PredictionResponse,
} from '@millrace/contracts';
import {
  AvroCodec,
  type FetchedPartition,
  FramedReader,
  type KafkaClient,
  type KafkaRecord,
  parseSchema,
  RequestMerge,
  type SchemaRegistryClient,
} from '@millrace/messaging';

/** A response with the request that it answers. */
export interface ResponseRow {
  readonly request: PredictionRequest;
  readonly response: PredictionResponse;
  /** Kafka timestamps, milliseconds since 1970. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface ReadRows {
  readonly rows: readonly ResponseRow[];
  /** Responses whose request retention took, or that cannot be read any more. */
  readonly requestGone: number;
  readonly buried: readonly { readonly record: KafkaRecord; readonly error: PoisonError }[];
}

interface Read {
  readonly response: PredictionResponse;
  readonly answeredAt: number;
}

/** Reads the responses of one major of an endpoint with their requests, which stand in the same order. */
export class ResponseRows {
  private readonly responses: FramedReader<PredictionResponse>;
  private readonly requests: FramedReader<PredictionRequest>;
  private readonly merges = new Map<number, RequestMerge>();

  constructor(
    private readonly client: KafkaClient,
    registry: SchemaRegistryClient,
    private readonly endpoint: EndpointCreated,
  ) {
    const { responseSchema, requestSchema } = endpoint;
    this.responses = new FramedReader(registry, AvroCodec.of<PredictionResponse>(parseSchema(responseSchema)));
    this.requests = new FramedReader(registry, AvroCodec.of<PredictionRequest>(parseSchema(requestSchema)));
  }

  async read(batch: FetchedPartition, signal: AbortSignal): Promise<ReadRows> {
    const { read, buried } = await this.responsesOf(batch);
    const offsets = read.map(({ response }) => response.requestOffset);
    const requests = await this.mergeOf(batch.partition).take(offsets, signal);
    const rows: ResponseRow[] = [];
    for (const { response, answeredAt } of read) {
      const record = requests.get(response.requestOffset);
      const request = record && (await this.requestOf(record));
      if (request) rows.push({ request, response, sentAt: record.timestamp, answeredAt });
    }
    return { rows, requestGone: read.length - rows.length, buried };
  }

  async close(): Promise<void> {
    await Promise.all([...this.merges.values()].map((merge) => merge.close()));
  }

  private async responsesOf({ records }: FetchedPartition): Promise<{ read: Read[]; buried: ReadRows['buried'] }> {
    const read: Read[] = [];
    const buried: { record: KafkaRecord; error: PoisonError }[] = [];
    while (records.next()) {
      try {
        const { buffer, valueStart, valueEnd } = records;
        const value = valueStart < 0 ? null : buffer;
        const id = this.responses.unlearned(value, Math.max(0, valueStart), Math.max(0, valueEnd));
        if (id !== null) await this.responses.learn(id);
        const response = this.responses.decode(value, Math.max(0, valueStart), Math.max(0, valueEnd));
        read.push({ response, answeredAt: records.timestamp });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        buried.push({ record: records.retain(), error });
      }
    }
    return { read, buried };
  }

  private async requestOf({ value }: KafkaRecord): Promise<PredictionRequest | null> {
    try {
      const id = this.requests.unlearned(value);
      if (id !== null) await this.requests.learn(id);
      return this.requests.decode(value);
    } catch (error) {
      if (error instanceof PoisonError) return null;
      throw error;
    }
  }

  private mergeOf(partition: number): RequestMerge {
    let merge = this.merges.get(partition);
    if (!merge) {
      merge = new RequestMerge(this.client, this.endpoint.requestsTopic, partition);
      this.merges.set(partition, merge);
    }
    return merge;
  }
}
