import type { ModelSignature, Refusal } from '@millrace/contracts';

/** ONNX names may hold any character; an Avro field may not. */
export const fieldName = (onnxName: string): string => {
  const name = onnxName.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
};

/**
 * Gives every input and output the name of its Avro field: characters outside [A-Za-z0-9_] become _. Two names that
 * would become one are refused, because a caller could not tell them apart.
 */
export function nameFields(signature: ModelSignature): { readonly signature: ModelSignature } | Refusal {
  const named: ModelSignature = {
    inputs: signature.inputs.map((input) => ({ ...input, field: fieldName(input.name) })),
    outputs: signature.outputs.map((output) => ({ ...output, field: fieldName(output.name) })),
  };
  for (const [what, tensors] of [
    ['inputs', named.inputs],
    ['outputs', named.outputs],
  ] as const) {
    const seen = new Map<string, string>();
    for (const { name, field } of tensors) {
      const other = seen.get(field);
      if (other !== undefined)
        return {
          reasonCode: 'FIELD_COLLISION',
          reason: `The ${what} ${other} and ${name} would both be the field ${field}: rename one in the model.`,
        };
      seen.set(field, name);
    }
  }
  return { signature: named };
}
