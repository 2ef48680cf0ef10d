import { createReadStream } from 'node:fs';
import { FileArtifactStore } from '@millrace/artifacts';
import {
  AppError,
  type ArtifactRef,
  crashPoint,
  type LabelledExample,
  type OffsetRange,
  silentLogger,
  TransientError,
} from '@millrace/contracts';
import { DatasetWriter, type HoldOut, type WrittenPart } from '@millrace/data';
import {
  AvroCodec,
  type FetchedPartition,
  FramedReader,
  KafkaClient,
  type KafkaSettings,
  type PartitionReader,
  parseSchema,
  RecentExamples,
  SchemaRegistryClient,
  type SchemaRegistrySettings,
  UndecodableError,
} from '@millrace/messaging';
import type { CutDataset } from '../../domain/snapshot-dataset';
import type { LabelledRows } from '../../domain/snapshot-source';

/** All that the cutting process is told; it travels over IPC, never in arguments or the environment. */
export interface CutJobInput {
  readonly kafka: KafkaSettings;
  readonly registry: SchemaRegistrySettings;
  /** Folder of the artifact store. */
  readonly artifacts: string;
  /** Empty, for this attempt alone. */
  readonly folder: string;
  readonly memoryMb: number;
  readonly topic: string;
  /** Of the accepted topic, partitions in order. */
  readonly ranges: readonly OffsetRange[];
  /** Avro of a row of the data set. */
  readonly schema: string;
  /** How rows are made of the records; null when the records are the rows. */
  readonly labelled: LabelledRows | null;
  readonly eventTimeField: string | null;
  readonly holdOut: HoldOut;
}

export interface CutProgress {
  readonly phase: 'read' | 'write' | 'store';
  readonly rows: number;
  /** Share of the offsets that were read, in [0, 1]. */
  readonly share: number;
}

type Row = Readonly<Record<string, unknown>>;
/** The row that a record makes; null for a repeat. */
type RowOf = (record: Row) => Row | null;

const FETCH_BYTES = 4_194_304;
/** Everything up to the end of a range is final, so a broker that answers and gives nothing is in trouble. */
const EMPTY_FETCHES_MAX = 60;
const PARQUET = 'application/vnd.apache.parquet';

/** Reads the ranges in order of partition and offset, writes the data set and puts its files into the artifact store. */
export async function cutDataset(input: CutJobInput, progress: (now: CutProgress) => void): Promise<CutDataset> {
  const kafka = await KafkaClient.connect(input.kafka, silentLogger);
  try {
    const { folder, schema, eventTimeField, holdOut, memoryMb } = input;
    const writer = await DatasetWriter.create({ folder, schema, eventTimeField, holdOut, memoryMb });
    try {
      const rows = await readRanges(kafka, input, writer, progress);
      crashPoint('cut.before-write');
      progress({ phase: 'write', rows, share: 1 });
      const { training, holdOut: heldOut, ...dataset } = await writer.finish();
      progress({ phase: 'store', rows, share: 1 });
      const store = new FileArtifactStore(input.artifacts);
      return {
        ...dataset,
        columns: [...dataset.columns],
        ranges: [...input.ranges],
        training: await stored(store, training),
        holdOut: await stored(store, heldOut),
      };
    } finally {
      writer.close();
    }
  } finally {
    await kafka.close();
  }
}

async function readRanges(
  kafka: KafkaClient,
  input: CutJobInput,
  writer: DatasetWriter,
  progress: (now: CutProgress) => void,
): Promise<number> {
  const codec = AvroCodec.of<Row>(parseSchema(input.labelled?.schema ?? input.schema));
  const rowOf = input.labelled ? rowsOfExamples(input.labelled) : (record: Row) => record;
  const records = new FramedReader(new SchemaRegistryClient(input.registry), codec);
  const reader = kafka.partitionReader({ isolation: 'committed', maxBytes: FETCH_BYTES });
  const total = input.ranges.reduce((sum, range) => sum + range.to - range.from, 0);
  let rows = 0;
  let before = 0;
  try {
    for (const range of input.ranges) {
      for await (const batch of batchesOf(reader, input.topic, range)) {
        rows += await addBatch(batch, range, records, rowOf, writer);
        progress({ phase: 'read', rows, share: (before + Math.min(batch.nextOffset, range.to) - range.from) / total });
      }
      before += range.to - range.from;
    }
  } finally {
    await reader.close();
  }
  return rows;
}

/** An outbox that was killed may have published an example twice: it is one row. */
function rowsOfExamples({ eventTime, outcome }: LabelledRows): RowOf {
  const recent = new RecentExamples();
  return (record) => {
    const example = record as unknown as LabelledExample;
    if (!recent.take(example)) return null;
    return { ...example.features, [eventTime]: example.eventTime ?? example.decidedAt, [outcome]: example.label };
  };
}

async function* batchesOf(
  reader: PartitionReader,
  topic: string,
  range: OffsetRange,
): AsyncGenerator<FetchedPartition> {
  if (range.to <= range.from) return;
  reader.assign(topic, range.partition, range.from);
  const never = new AbortController().signal;
  for (let empty = 0; reader.position(topic, range.partition) < range.to; ) {
    const batches = await reader.fetch(never);
    empty = batches.length === 0 ? empty + 1 : 0;
    if (empty > EMPTY_FETCHES_MAX) {
      throw new TransientError({
        code: 'DATASET_READ_STALLED',
        message: `${topic}/${range.partition} gave nothing at ${reader.position(topic, range.partition)}, before ${range.to}. It is tried again.`,
      });
    }
    yield* batches;
  }
  reader.unassign(topic, range.partition);
}

async function addBatch(
  batch: FetchedPartition,
  range: OffsetRange,
  records: FramedReader<Row>,
  rowOf: RowOf,
  writer: DatasetWriter,
): Promise<number> {
  let rows = 0;
  while (batch.records.next() && batch.records.offset < range.to) {
    const { offset, key, value } = batch.records.record();
    try {
      const unlearned = records.unlearned(value);
      if (unlearned !== null) await records.learn(unlearned);
      const row = rowOf(records.decode(value));
      if (row === null) continue;
      writer.add({ partition: range.partition, offset, key, bytes: value as Buffer, value: row });
    } catch (error) {
      throw error instanceof UndecodableError ? foreignRecord(batch, offset, error) : error;
    }
    rows++;
  }
  return rows;
}

/** Sorting has decoded every record by the same codec, so what does not decode was written by somebody else. */
const foreignRecord = ({ topic, partition }: FetchedPartition, offset: number, cause: Error) =>
  new AppError({
    code: 'DATASET_RECORD_UNREADABLE',
    message: `${topic}/${partition} holds a record at offset ${offset} that ingestion did not write: ${cause.message} Cut up to an earlier offset, and let nobody else write to this topic.`,
    retriable: false,
    cause,
  });

async function stored(store: FileArtifactStore, { path, ...part }: WrittenPart) {
  const { digest, size } = await store.put(createReadStream(path));
  const artifact: ArtifactRef = { digest, size, mediaType: PARQUET };
  return { artifact, ...part };
}
