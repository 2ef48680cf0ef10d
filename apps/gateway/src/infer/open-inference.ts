import type { FeatureValue, ModelSignature, PredictionResponse, SignatureInput, TensorType } from '@millrace/contracts';
import { z } from 'zod';

/**
 * The Open Inference Protocol V2 (https://github.com/kserve/open-inference-protocol) over requests and responses:
 * one row of the batch is one request on the topic. Pure.
 */
export const MAX_ROWS = 256;

const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);
type Nested = z.infer<typeof scalar> | Nested[];
const nested: z.ZodType<Nested> = z.lazy(() => z.union([scalar, z.array(nested)]));

export const inferRequest = z.object({
  id: z.string().max(256).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int().nonnegative()).min(1).max(2),
        datatype: z.string(),
        parameters: z.record(z.string(), z.unknown()).optional(),
        data: z.array(nested),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.string() })).optional(),
});
export type InferRequest = z.infer<typeof inferRequest>;

const DATATYPE_OF: Readonly<Record<TensorType, string>> = {
  UNKNOWN: '',
  FLOAT: 'FP32',
  DOUBLE: 'FP64',
  INT32: 'INT32',
  INT64: 'INT64',
  STRING: 'BYTES',
  BOOL: 'BOOL',
};
const NUMBERS = new Set([
  'FP16',
  'FP32',
  'FP64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
]);

export class BadInferRequest extends Error {}

/** Feature rows of a call, in order. @throws BadInferRequest with a sentence for the caller. */
export function rowsOf(call: InferRequest, signature: ModelSignature): Record<string, FeatureValue>[] {
  const tensors = new Map(call.inputs.map((input) => [input.name, input]));
  const unknown = call.inputs.find(
    (one) => !signature.inputs.some((input) => input.field === one.name || input.name === one.name),
  );
  if (unknown)
    throw new BadInferRequest(
      `There is no input ${unknown.name}; there are ${signature.inputs.map((one) => one.field).join(', ')}.`,
    );
  const rows = call.inputs[0]!.shape[0]!;
  if (rows < 1 || rows > MAX_ROWS) throw new BadInferRequest(`A call has 1 to ${MAX_ROWS} rows, this one has ${rows}.`);
  const columns = signature.inputs.flatMap((input) => {
    const tensor = tensors.get(input.field) ?? tensors.get(input.name);
    if (tensor) return [{ field: input.field, values: columnOf(tensor, input, rows) }];
    if (input.optional) return [{ field: input.field, values: new Array<FeatureValue>(rows).fill(null) }];
    throw new BadInferRequest(`Input ${input.field} is missing.`);
  });
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(({ field, values }) => [field, values[row]!])),
  );
}

function columnOf(tensor: InferRequest['inputs'][number], input: SignatureInput, rows: number): FeatureValue[] {
  const where = `Input ${tensor.name}`;
  const width = tensor.shape[1] ?? 1;
  if (tensor.shape[0] !== rows)
    throw new BadInferRequest(`${where} has ${tensor.shape[0]} rows, the first input has ${rows}.`);
  if (width !== input.width)
    throw new BadInferRequest(`${where} has ${width} value(s) per row, the model takes ${input.width}.`);
  const flat = tensor.data.flat(1) as Nested[];
  if (flat.length !== rows * width)
    throw new BadInferRequest(`${where}: shape says ${rows * width} values, data has ${flat.length}.`);
  const values = flat.map((value) => checked(value, tensor.datatype, input, where));
  if (width === 1) return values;
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width) as number[]);
}

function checked(value: Nested, datatype: string, input: SignatureInput, where: string): FeatureValue {
  if (value === null) {
    if (input.optional) return null;
    throw new BadInferRequest(`${where} must not be null.`);
  }
  const wanted = input.type === 'STRING' ? 'string' : input.type === 'BOOL' ? 'boolean' : 'number';
  const fitting =
    wanted === 'string' ? datatype === 'BYTES' : wanted === 'boolean' ? datatype === 'BOOL' : NUMBERS.has(datatype);
  if (!fitting) throw new BadInferRequest(`${where} is ${datatype}, the model takes ${DATATYPE_OF[input.type]}.`);
  if (typeof value !== wanted)
    throw new BadInferRequest(`${where} holds ${JSON.stringify(value)}, which is no ${wanted}.`);
  if (typeof value === 'number' && (input.type === 'INT32' || input.type === 'INT64') && !Number.isSafeInteger(value))
    throw new BadInferRequest(`${where} holds ${value}, which is no whole number below 2^53.`);
  return value as FeatureValue;
}

export interface InferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: { readonly release_revision: number; readonly warnings: string[][] };
  readonly outputs: {
    readonly name: string;
    readonly shape: number[];
    readonly datatype: string;
    readonly data: FeatureValue[];
  }[];
}

/** The protocol's response of rows that were all PREDICTED (or FALLBACK), in row order. */
export function responseOf(
  endpoint: string,
  id: string,
  rows: readonly PredictionResponse[],
  signature: ModelSignature,
): InferResponse {
  return {
    model_name: endpoint,
    model_version: String(rows[0]?.decision?.version ?? ''),
    id,
    parameters: { release_revision: rows[0]?.releaseRevision ?? 0, warnings: rows.map((row) => row.warnings) },
    outputs: signature.outputs.map((output) => ({
      name: output.name,
      shape: output.width === 1 ? [rows.length] : [rows.length, output.width],
      datatype: DATATYPE_OF[output.type],
      data: rows.flatMap((row) => row.outputs?.[output.field] ?? null) as FeatureValue[],
    })),
  };
}

/** Metadata of an endpoint as the protocol wants it. */
export function metadataOf(endpoint: string, version: string | null, signature: ModelSignature) {
  const tensor = (one: { field: string; width: number; type: TensorType }) => ({
    name: one.field,
    datatype: DATATYPE_OF[one.type],
    shape: one.width === 1 ? [-1] : [-1, one.width],
  });
  return {
    name: endpoint,
    versions: version === null ? [] : [version],
    platform: 'onnx_onnxv1',
    inputs: signature.inputs.map(tensor),
    outputs: signature.outputs.map(tensor),
  };
}
