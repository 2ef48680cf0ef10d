import { DataType, dataTypeName, type TensorProto } from '../proto/onnx-messages';
import type { GateLimits } from './limits';
import { elementsOf, MAX_KNOWN_INTS, type ValueFacts } from './value-facts';
import { quoted, refuse } from './verdict';

const BYTES_PER_ELEMENT: Readonly<Record<string, number>> = { FLOAT: 4, DOUBLE: 8, INT32: 4, INT64: 8, BOOL: 1 };

/** Where each element type lives when it is not in raw_data. */
const TYPED_FIELD = {
  FLOAT: 'floatData',
  DOUBLE: 'doubleData',
  INT32: 'int32Data',
  INT64: 'int64Data',
  BOOL: 'int32Data',
  STRING: 'stringData',
} as const;
const DATA_FIELDS = ['floatData', 'doubleData', 'int32Data', 'int64Data', 'uint64Data', 'stringData'] as const;

/** A constant of the model: inside the file, of a known type, with exactly as many values as its shape says. */
export function readTensor(tensor: TensorProto, limits: GateLimits): ValueFacts {
  const title = `Constant ${quoted(tensor.name ?? '')}`;
  const bad = (why: string): never => refuse('INVALID_TENSOR', `${title} ${why}.`);
  if (tensor.externalData.length > 0 || (tensor.dataLocation !== undefined && tensor.dataLocation !== 0)) {
    refuse('EXTERNAL_DATA', `${title} lies outside the file; save the model with its data inside.`);
  }
  if (tensor.segment !== undefined) bad('is one segment of a larger one');
  const type = dataTypeName(tensor.dataType);
  if (!type)
    return refuse(
      'UNSUPPORTED_TYPE',
      `${title} has element type ${tensor.dataType ?? 0}; use float, double, int32, int64, bool or string.`,
    );
  const shape = tensor.dims.map((size) =>
    typeof size === 'number' && size >= 0 ? size : bad(`has a dimension ${size}`),
  );
  if (shape.length > limits.rank) bad(`has ${shape.length} dimensions`);
  if (shape.includes(0)) refuse('ZERO_DIMENSION', `${title} has a dimension of size 0.`);
  const wanted = elementsOf(shape);
  const field = TYPED_FIELD[type];
  if (DATA_FIELDS.some((other) => other !== field && tensor[other].length > 0))
    bad('keeps values in the field of another type');
  const held = tensor.rawData === undefined ? tensor[field].length : rawElements(tensor, type, bad);
  if (held !== wanted) bad(`has ${held} values for the shape [${shape}]`);
  if (tensor.stringData.some((text) => text.length > limits.textBytes))
    bad(`has a text longer than ${limits.textBytes} bytes`);
  const ints = wanted <= MAX_KNOWN_INTS ? knownInts(contentOf(tensor)) : undefined;
  return ints ? { shape, ints } : { shape };
}

/** The list, if all are whole numbers that a double holds exactly. */
export function knownInts(values: readonly (number | bigint)[] | null): readonly number[] | undefined {
  return values?.every((value) => typeof value === 'number') ? (values as readonly number[]) : undefined;
}

function rawElements(tensor: TensorProto, type: keyof typeof TYPED_FIELD, bad: (why: string) => never): number {
  const bytes = BYTES_PER_ELEMENT[type];
  if (!bytes || tensor[TYPED_FIELD[type]].length > 0) return bad('keeps its values in two places');
  return (tensor.rawData as Uint8Array).length / bytes;
}

/** Only int64 and int32 tell shapes. INT64_MAX, which exporters write for "to the end", becomes the largest safe number. */
function contentOf(tensor: TensorProto): readonly (number | bigint)[] | null {
  const isLong = tensor.dataType === DataType.INT64;
  if (!isLong && tensor.dataType !== DataType.INT32) return null;
  if (tensor.rawData === undefined) return (isLong ? tensor.int64Data : tensor.int32Data).map(clampInt);
  const raw = tensor.rawData;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.byteLength / (isLong ? 8 : 4) }, (_, i) =>
    clampInt(isLong ? view.getBigInt64(8 * i, true) : view.getInt32(4 * i, true)),
  );
}

export function clampInt(value: number | bigint): number {
  const number = Number(value);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, number));
}
