import type { EndpointCreated, PredictionRequest, PredictionResponse } from '@millrace/contracts';
import {
  AvroCodec,
  FramedReader,
  type KafkaClient,
  type OutgoingRecord,
  parseSchema,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { RecordWriter } from './record-codec';

const NEVER = new AbortController().signal;

/** Requests and responses of one endpoint, through its topics, as any producer in any language does it. */
export class EndpointClient {
  private readonly requests: RecordWriter;
  private readonly responses: FramedReader<PredictionResponse>;

  constructor(
    private readonly kafka: KafkaClient,
    schemas: SchemaRegistryClient,
    readonly endpoint: EndpointCreated,
  ) {
    this.requests = new RecordWriter(endpoint.requestSchema, endpoint.requestSchemaId);
    this.responses = new FramedReader(schemas, AvroCodec.of<PredictionResponse>(parseSchema(endpoint.responseSchema)));
  }

  record(request: PredictionRequest): OutgoingRecord {
    return { key: Buffer.from(request.requestId), value: this.requests.encode(request) };
  }

  encode(request: PredictionRequest): Buffer {
    return this.requests.encode(request);
  }

  /** Responses that are written from now on. Call it before sending: then none is missed. */
  async listen(): Promise<ResponseStream> {
    const topic = this.endpoint.responsesTopic;
    const reader = this.kafka.partitionReader({ topic, maxWaitMs: 100 });
    for (const [partition, end] of await this.kafka.admin.endOffsets(topic, 'committed'))
      reader.assign(topic, partition, end);
    return {
      next: async () => {
        const responses: PredictionResponse[] = [];
        for (const batch of await reader.fetch(NEVER))
          while (batch.records.next()) responses.push(await this.responses.read(batch.records.record().value));
        return responses;
      },
      close: () => reader.close(),
    };
  }
}

export interface ResponseStream {
  /** Waits a moment; empty when nothing came. */
  next(): Promise<PredictionResponse[]>;
  close(): Promise<void>;
}
