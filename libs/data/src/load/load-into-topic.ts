import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Clock, crashPoint, InfrastructureError } from '@millrace/contracts';
import { DataError } from '../data-error';
import { fileDigest } from '../files/file-digest';
import type { FittedFile } from '../rows/fit-file';
import { countRows, type FieldValue, type RowBatch, readRows } from '../rows/read-rows';
import type { RowSelection } from '../rows/row-selection';
import { loadGroup } from './load-group';
import type { LoadBatch, LoadPort, LoadProducer, LoadScope } from './load-port';
import { RowEncoder } from './row-encoder';

export interface LoadOptions<Batch> {
  readonly fitted: FittedFile;
  readonly source: string;
  /** The raw topic of the source. */
  readonly topic: string;
  readonly keyField: string | null;
  /** A record as the topic carries it: framed Avro of the source's schema. */
  readonly encode: (value: Record<string, FieldValue>) => Buffer;
  readonly port: LoadPort<Batch>;
  readonly selection?: RowSelection;
  /** Send a file again that is finished. One that is not is gone on with. */
  readonly again?: boolean;
  /** Rows of one transaction; 5,000 by default. */
  readonly rowsPerTransaction?: number;
  readonly clock: Clock;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the load after the transaction in hand. */
  readonly signal?: AbortSignal;
}

export interface LoadProgress {
  readonly rowsDone: number;
  readonly rows: number;
  /** Rows a second since this process began to send. */
  readonly rate: number;
  readonly secondsLeft: number | null;
  /** Why it waits, null while it runs. */
  readonly trouble: string | null;
}

export interface LoadReport {
  readonly group: string;
  readonly rows: number;
  readonly rowsDone: number;
  /** Rows that an earlier load had sent. */
  readonly resumedFrom: number;
  readonly seconds: number;
}

const ROWS_PER_TRANSACTION = 5_000;
/** A batch beyond the topic's `max.message.bytes` (1 MiB) is refused by the broker; half leaves room for one more row. */
const BATCH_BYTES = 524_288;
const ROW_BYTES_MAX = 1_000_000;
const FENCED: ReadonlySet<unknown> = new Set([47, 90]);
const LONGEST_WAIT_MS = 5_000;

/**
 * Sends the rows of a file to a topic, each exactly once, however often the load is killed.
 *
 * Every transaction carries its rows and, as the committed offset of the load's own group (`loadGroup`, partition 0 of
 * the topic), the number of rows that are done: both or neither. A load begins by fencing its predecessor
 * and reading that number. While the broker is away it waits.
 *
 * @throws DataError LOAD_FINISHED, LOAD_TOPIC_MISSING, LOAD_TAKEN_OVER, LOAD_ROW_TOO_LARGE, DATA_SELECTION_INVALID
 */
export async function loadIntoTopic<Batch>(options: LoadOptions<Batch>): Promise<LoadReport> {
  const { fitted, source, topic, port, selection = {} } = options;
  const group = loadGroup(source, await fileDigest(fitted.file.path), fitted.file, selection);
  const rows = await countRows(fitted, selection);
  const partitions = (await port.client.admin.partitionsOf(topic)).length;
  if (partitions === 0)
    throw new DataError('LOAD_TOPIC_MISSING', `There is no topic ${topic}: add the source ${source} first.`);
  const load = new Load(options, group, rows, partitions);
  return load.run();
}

class Load<Batch> {
  private readonly batches: LoadBatch<Batch>[];
  private readonly encoder: RowEncoder;
  private readonly began: number;
  private rowsDone = 0;
  private resumedFrom: number | null = null;

  constructor(
    private readonly options: LoadOptions<Batch>,
    private readonly group: string,
    private readonly rows: number,
    private readonly partitions: number,
  ) {
    this.batches = Array.from({ length: partitions }, () => options.port.newBatch());
    this.encoder = new RowEncoder({ ...options, fields: options.fitted.fields });
    this.began = options.clock.now();
  }

  async run(): Promise<LoadReport> {
    for (let failures = 0; ; ) {
      const before = this.rowsDone;
      const producer = this.options.port.client.transactionalProducer(this.group, { scope: this.scope() });
      try {
        await this.session(producer);
        break;
      } catch (error) {
        failures = this.rowsDone > before ? 1 : failures + 1;
        await this.trouble(error as Error, failures);
      } finally {
        await producer.close().catch(() => undefined);
      }
    }
    const { group, rows, rowsDone } = this;
    return { group, rows, rowsDone, resumedFrom: this.resumedFrom ?? 0, seconds: this.seconds() };
  }

  private scope(): LoadScope {
    const { topic } = this.options;
    return {
      partitions: Array.from({ length: this.partitions }, (_, partition) => ({ topic, partition })),
      offset: { group: this.group, topic, partition: 0 },
    };
  }

  private async session(producer: LoadProducer<Batch>): Promise<void> {
    await producer.init();
    await this.readRowsDone();
    const { fitted, selection, signal, rowsPerTransaction = ROWS_PER_TRANSACTION } = this.options;
    let waiting = 0;
    this.beginBatches();
    for await (const batch of readRows(fitted, { selection, skip: this.rowsDone })) {
      for (let row = 0; row < batch.rows; row++) {
        await this.add(batch, row, producer);
        waiting++;
        if (waiting < rowsPerTransaction) continue;
        await this.commit(producer, waiting);
        waiting = 0;
        if (signal?.aborted) return;
      }
    }
    if (waiting > 0) await this.commit(producer, waiting);
  }

  /** Only after `init` the number is final: a transaction of a killed predecessor has been aborted or completed by then. */
  private async readRowsDone(): Promise<void> {
    const { topic, port, again, fitted } = this.options;
    const { admin } = port.client;
    this.rowsDone = Math.max(0, (await admin.committedOffsets(this.group, topic)).get(0) ?? 0);
    if (this.resumedFrom !== null) return;
    if (this.rowsDone >= this.rows && this.rows > 0) {
      if (!again) {
        throw new DataError(
          'LOAD_FINISHED',
          `All ${this.rows} rows of ${fitted.file.name} are in ${topic} already. To send them a second time, say so (--again).`,
          { group: this.group },
        );
      }
      await admin.commitOffsets(this.group, topic, new Map([[0, 0]]));
      this.rowsDone = 0;
    }
    this.resumedFrom = this.rowsDone;
    this.report(null);
  }

  private async add(rows: RowBatch, row: number, producer: LoadProducer<Batch>): Promise<void> {
    const { port, clock } = this.options;
    const { key, value } = this.encoder.encode(rows, row);
    if (key.length + value.length > ROW_BYTES_MAX) {
      throw new DataError(
        'LOAD_ROW_TOO_LARGE',
        `Row ${rows.numbers[row]} takes ${key.length + value.length} bytes; a record takes ${ROW_BYTES_MAX} at most.`,
      );
    }
    const partition = port.partitionFor(key, this.partitions);
    const batch = this.batches[partition] as LoadBatch<Batch>;
    if (batch.recordCount > 0 && batch.byteLength + key.length + value.length > BATCH_BYTES) {
      await this.send(partition, producer);
    }
    batch.add(clock.now(), key, value);
  }

  private async commit(producer: LoadProducer<Batch>, rows: number): Promise<void> {
    for (let partition = 0; partition < this.partitions; partition++) await this.send(partition, producer);
    crashPoint('load.after-produce');
    const { topic } = this.options;
    const done = this.rowsDone + rows;
    await producer.sendOffsets(this.group, [{ topic, partition: 0, offset: done }], null);
    crashPoint('load.before-commit');
    await producer.commit();
    crashPoint('load.after-commit');
    this.rowsDone = done;
    this.report(null);
  }

  private async send(partition: number, producer: LoadProducer<Batch>): Promise<void> {
    const batch = this.batches[partition] as LoadBatch<Batch>;
    if (batch.recordCount === 0) return;
    await producer.produce(this.options.topic, partition, batch.finish());
    batch.begin();
  }

  private beginBatches(): void {
    for (const batch of this.batches) batch.begin();
  }

  /** Waits before the next try; throws what no try can cure. */
  private async trouble(error: Error, failures: number): Promise<void> {
    if (FENCED.has((error as { kafkaCode?: number }).kafkaCode)) {
      throw new DataError(
        'LOAD_TAKEN_OVER',
        'Another process loads the same rows now; this one stops and leaves them to it.',
        { group: this.group },
        error,
      );
    }
    const { signal } = this.options;
    const curable = error instanceof InfrastructureError || (error instanceof AppError && error.retriable);
    if (!curable || signal?.aborted) throw error;
    this.report(error.message);
    await sleep(Math.min(LONGEST_WAIT_MS, 100 * 2 ** failures), undefined, { signal }).catch(() => {
      throw error;
    });
  }

  private report(trouble: string | null): void {
    const sent = this.rowsDone - (this.resumedFrom ?? 0);
    const rate = sent / Math.max(0.001, this.seconds());
    const left = this.rows - this.rowsDone;
    this.options.onProgress?.({
      rowsDone: this.rowsDone,
      rows: this.rows,
      rate,
      secondsLeft: sent > 0 ? left / rate : null,
      trouble,
    });
  }

  private seconds(): number {
    return (this.options.clock.now() - this.began) / 1000;
  }
}
