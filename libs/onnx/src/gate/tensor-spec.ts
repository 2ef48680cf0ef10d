import { type DataTypeName, dataTypeName, type ValueInfoProto } from '../proto/onnx-messages';
import type { GateLimits } from './limits';
import { quoted, refuse } from './verdict';

/** An input or output as requests and responses can carry it: [N] or [N, k]. */
export interface TensorSpec {
  readonly name: string;
  readonly type: DataTypeName;
  readonly rank: 1 | 2;
  readonly width: number;
}

const SEQUENCE_CURE =
  'Sequences and maps cannot be fields of a record; export plain tensors (scikit-learn: options={"zipmap": False}).';

export function elementTypeOf(info: ValueInfoProto, what: string): DataTypeName {
  const title = `The ${what} ${quoted(info.name ?? '')}`;
  const { type } = info;
  if (type?.sequenceType !== undefined || type?.mapType !== undefined)
    refuse('UNSUPPORTED_TYPE', `${title} is no tensor. ${SEQUENCE_CURE}`);
  if (type?.sparseTensorType !== undefined) refuse('SPARSE_TENSOR', `${title} is sparse.`);
  if (type?.tensorType === undefined || type.optionalType !== undefined || type.opaqueType !== undefined)
    refuse('UNSUPPORTED_TYPE', `${title} is no tensor.`);
  const name = dataTypeName(type?.tensorType?.elemType);
  return (
    name ??
    refuse(
      'UNSUPPORTED_TYPE',
      `${title} has element type ${type?.tensorType?.elemType ?? 0}; use float, double, int32, int64, bool or string.`,
    )
  );
}

/** An input's shape must be declared: the first dimension free, the second a number. */
export function readInput(info: ValueInfoProto, limits: GateLimits): TensorSpec {
  const type = elementTypeOf(info, 'input');
  const name = info.name ?? '';
  const bad = (why: string): never =>
    refuse('UNSUPPORTED_SHAPE', `The input ${quoted(name)} ${why}; inputs are [N] or [N, k] with a free N.`);
  const dims = info.type?.tensorType?.shape?.dim ?? bad('declares no shape');
  const [batch, second, ...rest] = dims;
  if (!batch || rest.length > 0) return bad(`has ${dims.length} dimensions`);
  if (batch.dimValue !== undefined) bad(`takes exactly ${batch.dimValue} rows`);
  if (!second) return { name, type, rank: 1, width: 1 };
  if (second.dimValue === 0) return refuse('ZERO_DIMENSION', `The input ${quoted(name)} has a dimension of size 0.`);
  if (typeof second.dimValue !== 'number' || second.dimValue < 1)
    return bad('has a second dimension that is not a number');
  if (second.dimValue > limits.width) bad(`has ${second.dimValue} columns; ${limits.width} are allowed`);
  return { name, type, rank: 2, width: second.dimValue };
}
