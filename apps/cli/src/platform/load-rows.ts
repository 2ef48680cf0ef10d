import {
  type FieldValue,
  fitFile,
  type LoadProgress,
  type LoadReport,
  loadIntoTopic,
  openDataFile,
  type RowSelection,
} from '@millrace/data';
import { partitionOfKey, RecordBatchWriter } from '@millrace/messaging';
import type { Row } from '../commands/look-up';
import type { Context } from './context';
import { RecordWriter } from './record-codec';

export interface LoadRowsOptions {
  readonly file: string;
  /** The source as the gateway shows it. */
  readonly source: Row;
  readonly selection?: RowSelection;
  /** What is sent in place of a row; the row itself by default. */
  readonly change?: (row: Record<string, FieldValue>) => Record<string, FieldValue>;
  readonly again?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Sends the rows of a file to a source's raw topic, each exactly once, however often it is killed. */
export async function loadRows(context: Context, options: LoadRowsOptions): Promise<LoadReport> {
  const { source, selection, change = (row) => row, again, onProgress } = options;
  const schema = String(source.schema);
  const writer = new RecordWriter(schema, Number(source.schemaId));
  const file = await openDataFile(options.file);
  try {
    return await loadIntoTopic({
      fitted: await fitFile(file, schema),
      source: String(source.source),
      topic: String(source.recordsTopic),
      keyField: (source.keyField as string | null) ?? null,
      encode: (value) => writer.encode(change(value)),
      port: {
        client: await context.kafka(),
        newBatch: () => new RecordBatchWriter(),
        partitionFor: partitionOfKey,
      },
      clock: { now: Date.now },
      ...(selection ? { selection } : {}),
      ...(again === undefined ? {} : { again }),
      ...(onProgress ? { onProgress } : {}),
    });
  } finally {
    file.close();
  }
}
