import { join } from 'node:path';
import type { DuckDBAppender, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { DataError } from '../data-error';
import { DuckDb } from '../duckdb/duck-db';
import { literal } from '../duckdb/sql-text';
import { tabularFields } from '../schema/tabular-schema';
import { type DatasetColumn, datasetColumns, stagedValue } from './dataset-columns';
import { keyShare } from './key-share';
import { RecordDigest } from './record-digest';
import { decideSplit, type HoldOut, type Split, type SplitKind } from './split';

export interface DatasetWriterOptions {
  /** An empty folder for the staging table and the files; the caller removes it. */
  readonly folder: string;
  /** Avro JSON of a row. */
  readonly schema: string;
  /** A timestamp-millis field that is never null; null where the source has none. */
  readonly eventTimeField: string | null;
  readonly holdOut: HoldOut;
  /** Most memory of DuckDB's buffers, MiB; 256 by default. */
  readonly memoryMb?: number;
}

export interface DatasetRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  /** The value as it stands on the topic. */
  readonly bytes: Uint8Array;
  /** The decoded value. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface WrittenPart {
  readonly path: string;
  readonly rows: number;
  readonly minEventTime: number | null;
  readonly maxEventTime: number | null;
}

export interface WrittenDataset {
  readonly rows: number;
  /** See `RecordDigest`. */
  readonly digest: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly split: SplitKind;
  readonly holdOutFrom: number | null;
  readonly training: WrittenPart;
  readonly holdOut: WrittenPart;
}

const CHUNK_ROWS = 2_048;
const STAGE = 'stage';
/** DuckDB's own default, fixed here: the bytes of the files depend on it. */
const ROW_GROUP_ROWS = 122_880;

/**
 * Writes a data set: two Parquet files (zstd), rows in order of event time, then partition and offset. Records come in
 * order of partition and offset and wait in a table on disk, so memory does not grow with their number.
 *
 * The same records and options give the same digest always, and the same bytes with the same version of DuckDB
 * (one thread, a total order of rows, fixed row groups, nothing of the clock or the machine in the files).
 */
export class DatasetWriter {
  private readonly digest = new RecordDigest();
  private readonly types: DuckDBType[];
  private chunk: DuckDBValue[][];
  private waiting = 0;
  private rows = 0;

  private constructor(
    private readonly options: DatasetWriterOptions,
    private readonly columns: readonly DatasetColumn[],
    private readonly duckDb: DuckDb,
    private readonly appender: DuckDBAppender,
  ) {
    const { INTEGER, DOUBLE, BOOLEAN, VARCHAR, BLOB } = duckDb.api;
    const byName = { DOUBLE, BOOLEAN, VARCHAR, BLOB };
    this.types = [INTEGER, DOUBLE, DOUBLE, ...columns.map((column) => byName[column.staged])];
    this.chunk = this.types.map(() => []);
  }

  /** @throws DataError DATA_SCHEMA_UNUSABLE */
  static async create(options: DatasetWriterOptions): Promise<DatasetWriter> {
    const columns = datasetColumns(tabularFields(options.schema));
    const duckDb = await DuckDb.open({
      path: join(options.folder, 'stage.duckdb'),
      tempFolder: join(options.folder, 'spill'),
      memoryMb: options.memoryMb,
    });
    const list = columns.map((column) => `${column.name} ${column.staged}`);
    await duckDb.execute(`CREATE TABLE ${STAGE} (p INTEGER, o DOUBLE, key_share DOUBLE, ${list.join(', ')})`);
    return new DatasetWriter(options, columns, duckDb, await duckDb.appender(STAGE));
  }

  /** Records must come in order of partition and offset. */
  add(record: DatasetRecord): void {
    this.digest.add(record.partition, record.offset, record.bytes);
    const { chunk, columns, waiting } = this;
    (chunk[0] as DuckDBValue[])[waiting] = record.partition;
    (chunk[1] as DuckDBValue[])[waiting] = record.offset;
    (chunk[2] as DuckDBValue[])[waiting] =
      this.options.eventTimeField === null ? keyShare(record.key ?? record.bytes) : 0;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as DatasetColumn;
      const value = stagedValue(column, record.value[column.field]);
      (chunk[index + 3] as DuckDBValue[])[waiting] =
        column.staged === 'BLOB' && value !== null
          ? new this.duckDb.api.DuckDBBlobValue(value as Uint8Array)
          : (value as DuckDBValue);
    }
    this.waiting++;
    this.rows++;
    if (this.waiting === CHUNK_ROWS) this.flush();
  }

  /**
   * Decides the split and writes both files.
   * @throws DataError DATASET_EMPTY, DATASET_SPLIT_EMPTY
   */
  async finish(): Promise<WrittenDataset> {
    this.flush();
    this.appender.closeSync();
    if (this.rows === 0) throw new DataError('DATASET_EMPTY', 'There is no accepted record in the range of offsets.');
    const time = this.timeColumn();
    const split = await decideSplit(this.duckDb, STAGE, time, this.rows, this.options.holdOut);
    const digest = this.digest.hex();
    const training = await this.writePart('training', `NOT (${split.holdOutSql})`, digest);
    const holdOut = await this.writePart('hold-out', split.holdOutSql, digest);
    checkParts(split, training, holdOut);
    const columns = await this.duckDb.rows<{ name: string; type: string }>(
      `SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT ${this.list()} FROM ${STAGE})`,
    );
    return { rows: this.rows, digest, columns, split: split.kind, holdOutFrom: split.holdOutFrom, training, holdOut };
  }

  close(): void {
    this.duckDb.close();
  }

  private async writePart(name: 'training' | 'hold-out', condition: string, digest: string): Promise<WrittenPart> {
    const time = this.timeColumn();
    const path = join(this.options.folder, `${name}.parquet`);
    const notes = { millrace_part: name, millrace_digest: digest, millrace_schema: this.options.schema };
    const metadata = Object.entries(notes).map(([key, value]) => `${key}: ${literal(value)}`);
    await this.duckDb.execute(
      `COPY (SELECT ${this.list()} FROM ${STAGE} WHERE ${condition} ORDER BY ${time === null ? '' : `${time}, `}p, o)
       TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, KV_METADATA {${metadata.join(', ')}})`,
    );
    const part = await this.duckDb.row<Omit<WrittenPart, 'path'>>(
      `SELECT count(*)::DOUBLE AS rows, min(${time ?? 'NULL'}) AS "minEventTime", max(${time ?? 'NULL'}) AS "maxEventTime"
       FROM ${STAGE} WHERE ${condition}`,
    );
    return { path, ...part };
  }

  private list(): string {
    return this.columns.map((column) => column.sql).join(', ');
  }

  private timeColumn(): string | null {
    const { eventTimeField } = this.options;
    return this.columns.find((column) => column.field === eventTimeField)?.name ?? null;
  }

  private flush(): void {
    if (this.waiting === 0) return;
    const { DuckDBDataChunk } = this.duckDb.api;
    const chunk = DuckDBDataChunk.create(this.types, this.waiting);
    chunk.setColumns(this.chunk);
    this.appender.appendDataChunk(chunk);
    this.chunk = this.types.map(() => []);
    this.waiting = 0;
  }
}

function checkParts(split: Split, training: WrittenPart, holdOut: WrittenPart): void {
  if (training.rows > 0 && (holdOut.rows > 0 || split.kind === 'NONE')) return;
  const empty = training.rows === 0 ? 'training' : 'hold-out';
  throw new DataError(
    'DATASET_SPLIT_EMPTY',
    split.kind === 'EVENT_TIME'
      ? `The ${empty} set would be empty with a hold-out set that begins at ${new Date(split.holdOutFrom ?? 0).toISOString()}.`
      : `The ${empty} set would be empty: there are too few different keys. Add records, or ask for another share.`,
  );
}
