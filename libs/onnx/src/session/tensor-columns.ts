/** Element types that a promotable signature may have; names as in ONNX's TensorProto. */
export type ElementType = 'FLOAT' | 'DOUBLE' | 'INT32' | 'INT64' | 'STRING' | 'BOOL';

/** Values of one input or output for all rows, row after row: `width` values each. */
export type ColumnData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | string[];

export interface TensorInfo {
  readonly name: string;
  readonly type: ElementType;
  /** 1 for shape [N], 2 for [N, k]. */
  readonly rank: number;
  /** k of shape [N, k]; 1 for [N]. */
  readonly width: number;
}

/** Room for `rows` rows of an input, in the array type that ONNX Runtime takes without a copy. */
export function allocateColumn(info: TensorInfo, rows: number): ColumnData {
  const length = rows * info.width;
  switch (info.type) {
    case 'FLOAT':
      return new Float32Array(length);
    case 'DOUBLE':
      return new Float64Array(length);
    case 'INT32':
      return new Int32Array(length);
    case 'INT64':
      return new BigInt64Array(length);
    case 'BOOL':
      return new Uint8Array(length);
    case 'STRING':
      return new Array<string>(length);
  }
}

/** What a feature may be on its way into a tensor; null = missing. */
export type Scalar = number | string | boolean | null;

/**
 * Writes one value. Missing reaches the graph as NaN (FLOAT, DOUBLE) or "" (STRING); other types cannot be missing
 * (ARCHITECTURE section 3), and the caller has checked that.
 */
export function setValue(column: ColumnData, index: number, value: Scalar): void {
  if (Array.isArray(column)) column[index] = value === null ? '' : String(value);
  else if (column instanceof BigInt64Array) column[index] = BigInt(value as number);
  else if (column instanceof Uint8Array) column[index] = value ? 1 : 0;
  else column[index] = value === null ? Number.NaN : (value as number);
}

/** Reads one value back; INT64 beyond 2^53 is refused, because JSON and our Avro longs cannot carry it. */
export function getValue(column: ColumnData, index: number, type: ElementType): Scalar {
  const value = column[index]!;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new RangeError(`An output of ${value} is beyond 2^53`);
    return number;
  }
  return type === 'BOOL' ? value !== 0 : value;
}
