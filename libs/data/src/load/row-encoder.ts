import type { FieldValue, RowBatch } from '../rows/read-rows';
import type { FieldExpression } from '../rows/row-selection';

/** One row as it is sent. */
export interface EncodedRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface RowEncoderOptions {
  readonly source: string;
  /** Field whose text is the key; null: the key is `<source>-<number of the row>`. */
  readonly keyField: string | null;
  readonly fields: readonly FieldExpression[];
  /** A record as the topic carries it: framed Avro. */
  readonly encode: (value: Record<string, FieldValue>) => Buffer;
}

/** Makes records of rows. One object serves all of them: an encoder reads it and keeps nothing. */
export class RowEncoder {
  private readonly value: Record<string, FieldValue> = {};
  private readonly keyColumn: number;

  constructor(private readonly options: RowEncoderOptions) {
    this.keyColumn = options.fields.findIndex((field) => field.name === options.keyField);
  }

  encode(batch: RowBatch, row: number): EncodedRow {
    const { fields, encode } = this.options;
    for (let index = 0; index < fields.length; index++) {
      this.value[(fields[index] as FieldExpression).name] = batch.columns[index]?.[row] ?? null;
    }
    return { key: Buffer.from(this.keyOf(batch, row)), value: encode(this.value) };
  }

  private keyOf(batch: RowBatch, row: number): string | Buffer {
    const value = this.keyColumn < 0 ? null : (batch.columns[this.keyColumn]?.[row] ?? null);
    if (value === null) return `${this.options.source}-${batch.numbers[row]}`;
    return Buffer.isBuffer(value) ? value : String(value);
  }
}
