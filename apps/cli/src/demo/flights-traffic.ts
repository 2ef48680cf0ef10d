import { createHash } from 'node:crypto';
import type { EndpointCreated, Outcome, PredictionRequest } from '@millrace/contracts';
import { outcomeSchema, PROGRESS_OF } from '@millrace/contracts';
import { countRows, fitFile, openDataFile, type RowBatch, readRows } from '@millrace/data';
import { type KafkaClient, partitionOfKey, RecordBatchWriter, type TransactionalProducer } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { EndpointClient } from '../platform/endpoint-client';
import { RecordWriter } from '../platform/record-codec';
import { FLIGHTS, flightsFile, landingOf } from './flights';
import { LandingQueue } from './landing-queue';

/** Flights that are sent as others than they were, and never land: their outcomes are not known. */
export interface PlantedFlights {
  readonly from: number;
  readonly before: number;
  /** Added to every departure, milliseconds. */
  readonly laterMs: number;
  readonly distanceOf: (miles: number) => number;
}

export interface TrafficOptions {
  readonly endpoint: EndpointCreated;
  /** Avro schema of the source: names and types of the columns. */
  readonly schema: string;
  readonly rows: number | 'all';
  /** Requests a second. */
  readonly rate: number;
  /** In place of the flights of May and June. */
  readonly planted?: PlantedFlights;
  readonly onProgress: (done: number, total: number, simulated: number) => void;
}

interface Landing {
  readonly at: number;
  readonly outcome: Outcome;
}

const CHUNK = 250;
const FIRST_RESPONSE_MS = 60_000;

/**
 * Flights of May and June as requests, and their outcomes at the assumed landing, merged in simulated time. Each chunk is
 * one transaction that also commits how far it came, so a killed demo goes on where it was and nothing is sent twice.
 *
 * @returns requests sent now; 0 when all were sent before.
 */
export async function sendFlights(context: Context, options: TrafficOptions): Promise<number> {
  const kafka = await context.kafka();
  const { endpoint, rows, planted } = options;
  const selection = {
    ...(rows === 'all' ? {} : { take: rows }),
    where: [
      planted
        ? { field: 'date', from: planted.from, before: planted.before }
        : { field: 'date', from: FLIGHTS.trafficFrom },
    ],
  };
  const group = `${PROGRESS_OF.demo}.${endpoint.endpoint}.${createHash('sha256').update(JSON.stringify(selection)).digest('hex').slice(0, 16)}`;
  const { requestsTopic, outcomesTopic } = endpoint;
  const producer = kafka.transactionalProducer(group, {
    scope: {
      partitions: (await partitionsOf(kafka, requestsTopic)).concat(await partitionsOf(kafka, outcomesTopic)),
      offset: { group, topic: requestsTopic, partition: 0 },
    },
  });
  const file = await openDataFile(flightsFile());
  try {
    await producer.init();
    const done = Math.max(0, (await kafka.admin.committedOffsets(group, endpoint.requestsTopic)).get(0) ?? 0);
    const fitted = await fitFile(file, options.schema);
    const total = await countRows(fitted, selection);
    const traffic = new Traffic(
      producer,
      group,
      options,
      fitted.fields.map((field) => field.name),
      done,
      total,
    );
    for await (const batch of readRows(fitted, { selection })) await traffic.take(batch);
    return await traffic.finish();
  } finally {
    file.close();
    await producer.close();
  }
}

async function partitionsOf(kafka: KafkaClient, topic: string): Promise<{ topic: string; partition: number }[]> {
  return (await kafka.admin.partitionsOf(topic)).map((partition) => ({ topic, partition }));
}

class Traffic {
  private readonly landings = new LandingQueue<Landing>();
  private readonly outcomes: RecordWriter;
  private readonly requests: RecordWriter;
  private readonly batches = new Map<string, { topic: string; partition: number; writer: RecordBatchWriter }>();
  private readonly began = performance.now();
  private seen = 0;
  private waiting = 0;
  private sent = 0;
  private simulated = 0;

  constructor(
    private readonly producer: TransactionalProducer,
    private readonly group: string,
    private readonly options: TrafficOptions,
    private readonly columns: readonly string[],
    private readonly done: number,
    private readonly total: number,
  ) {
    const { endpoint } = options;
    this.requests = new RecordWriter(endpoint.requestSchema, endpoint.requestSchemaId);
    this.outcomes = new RecordWriter(
      JSON.stringify(outcomeSchema(endpoint.endpoint, endpoint.major)),
      endpoint.outcomeSchemaId,
    );
  }

  async take(batch: RowBatch): Promise<void> {
    const column = (name: string) => batch.columns[this.columns.indexOf(name)]!;
    const [dates, delays, distances, origins, destinations] = [
      'date',
      'delay',
      'distance',
      'origin',
      'destination',
    ].map(column);
    for (let row = 0; row < batch.rows; row++) {
      const { planted } = this.options;
      const departure = (dates![row] as number) + (planted?.laterMs ?? 0);
      const miles = distances![row] as number;
      const distance = planted ? planted.distanceOf(miles) : miles;
      const requestId = `${FLIGHTS.source}-${planted ? 'planted-' : ''}${batch.numbers[row]}`;
      const late = (delays![row] as number) > FLIGHTS.lateAfterMinutes;
      this.land(departure);
      if (!planted) {
        const landing = landingOf(departure, miles);
        this.landings.push({ at: landing, outcome: { requestId, eventTime: landing, label: late ? 1 : 0 } });
      }
      this.seen++;
      if (this.seen <= this.done) continue;
      this.add(
        this.options.endpoint.requestsTopic,
        requestId,
        this.requests.encode(
          request(requestId, departure, {
            origin: origins![row] as string,
            destination: destinations![row] as string,
            distance,
            departure,
          }),
        ),
      );
      this.waiting++;
      if (this.waiting >= CHUNK) await this.commit();
    }
  }

  /** The flights that are still in the air land as well. */
  async finish(): Promise<number> {
    if (this.seen > this.done || this.done < this.total) {
      this.land(Number.POSITIVE_INFINITY);
      await this.commit();
    }
    return this.sent;
  }

  /** Outcomes that are known when this flight departs. Those of chunks that were committed before are only forgotten. */
  private land(now: number): void {
    this.simulated = now === Number.POSITIVE_INFINITY ? this.simulated : now;
    for (const { outcome } of this.landings.takeUntil(now))
      if (this.seen >= this.done && this.done < this.total)
        this.add(this.options.endpoint.outcomesTopic, outcome.requestId, this.outcomes.encode(outcome));
  }

  private add(topic: string, key: string, value: Buffer): void {
    const bytes = Buffer.from(key);
    const partition = partitionOfKey(bytes, this.options.endpoint.partitions);
    const name = `${topic}/${partition}`;
    let batch = this.batches.get(name);
    if (!batch) {
      batch = { topic, partition, writer: new RecordBatchWriter() };
      this.batches.set(name, batch);
    }
    batch.writer.add(Date.now(), bytes, value);
  }

  private async commit(): Promise<void> {
    for (const { topic, partition, writer } of this.batches.values()) {
      if (writer.recordCount === 0) continue;
      await this.producer.produce(topic, partition, writer.finish());
      writer.begin();
    }
    await this.producer.sendOffsets(
      this.group,
      [{ topic: this.options.endpoint.requestsTopic, partition: 0, offset: this.seen }],
      null,
    );
    await this.producer.commit();
    this.sent += this.waiting;
    this.waiting = 0;
    this.options.onProgress(this.seen, this.total, this.simulated);
    const due = this.began + (this.sent / this.options.rate) * 1_000;
    const early = due - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
  }
}

function request(requestId: string, eventTime: number, features: PredictionRequest['features']): PredictionRequest {
  return { requestId, eventTime, deadline: null, caller: null, features };
}

/** Asks about one flight and waits: what a person wants to see first. */
export async function firstResponse(
  context: Context,
  endpoint: EndpointCreated,
  requestId: string,
): Promise<{ response: Record<string, unknown>; ms: number }> {
  const client = new EndpointClient(await context.kafka(), await context.schemas(), endpoint);
  const stream = await client.listen();
  const producer = (await context.kafka()).idempotentProducer();
  const began = performance.now();
  try {
    const features = { origin: 'SFO', destination: 'JFK', distance: 2586, departure: Date.UTC(2001, 4, 1, 8, 30) };
    await producer.send(endpoint.requestsTopic, [client.record(request(requestId, features.departure, features))]);
    while (performance.now() - began < FIRST_RESPONSE_MS)
      for (const response of await stream.next())
        if (response.requestId === requestId) return { response: { ...response }, ms: performance.now() - began };
    throw new Error('No response within 60 s: millrace status shows whether inference runs.');
  } finally {
    await stream.close();
    await producer.close();
  }
}
