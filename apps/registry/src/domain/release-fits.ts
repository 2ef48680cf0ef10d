import type { ModelSignature, SignatureInput, TensorType } from '@millrace/contracts';

/** Request fields of the first type can feed graph inputs of the others without losing a value that matters. */
const PROMOTABLE: Readonly<Record<TensorType, readonly TensorType[]>> = {
  UNKNOWN: [],
  FLOAT: ['FLOAT', 'DOUBLE'],
  DOUBLE: ['FLOAT', 'DOUBLE'],
  INT32: ['INT32', 'INT64', 'FLOAT', 'DOUBLE'],
  INT64: ['INT64', 'DOUBLE'],
  STRING: ['STRING'],
  BOOL: ['BOOL'],
};

/**
 * Every difference that keeps a version from serving an endpoint, in words; empty when it fits.
 * It fits when each required input is a request field of promotable type and the outputs equal the response's
 * (ARCHITECTURE section 3). FLOAT and DOUBLE are both `double` on the wire, so they feed each other.
 */
export function differences(endpoint: ModelSignature, version: ModelSignature): string[] {
  return [...inputDifferences(endpoint, version), ...outputDifferences(endpoint, version)];
}

function inputDifferences(endpoint: ModelSignature, version: ModelSignature): string[] {
  const fields = new Map(endpoint.inputs.map((input) => [input.field, input]));
  return version.inputs.flatMap((input) => {
    const field = fields.get(input.field);
    if (!field) return input.optional ? [] : [`input ${input.field} is not a request field`];
    return inputDifference(field, input);
  });
}

function inputDifference(field: SignatureInput, input: SignatureInput): string[] {
  if (!PROMOTABLE[field.type].includes(input.type))
    return [`input ${input.field} is ${input.type}, the request field is ${field.type}`];
  if (field.width !== input.width)
    return [`input ${input.field} has ${input.width} values, the request field ${field.width}`];
  if (field.optional && !input.optional) return [`input ${input.field} is required, the request field may be null`];
  return [];
}

function outputDifferences(endpoint: ModelSignature, version: ModelSignature): string[] {
  const shape = (output: { field: string; type: TensorType; width: number }) =>
    `${output.field}: ${output.type}[${output.width}]`;
  const wanted = new Set(endpoint.outputs.map(shape));
  const given = new Set(version.outputs.map(shape));
  return [
    ...[...wanted].filter((one) => !given.has(one)).map((one) => `output ${one} is missing`),
    ...[...given].filter((one) => !wanted.has(one)).map((one) => `output ${one} is not in the response`),
  ];
}
