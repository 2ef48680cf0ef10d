import { type ModelSignature, servingFieldName } from '@millrace/contracts';
import { type GraphProto, ModelProto } from '../proto/onnx-messages';
import { MalformedMessage, readMessage } from '../proto/read-message';
import { checkModel } from './check-model';
import { inferShapes, readConstants } from './infer-shapes';
import { DEFAULT_LIMITS, type GateLimits } from './limits';
import { readOutputs } from './read-outputs';
import { sniffFormat } from './sniff-format';
import { readInput, type TensorSpec } from './tensor-spec';
import type { ValueFacts } from './value-facts';
import { GateRefusal, type GateVerdict, quoted, refuse } from './verdict';

/**
 * The static gate: may these bytes become a model version? It reads the file without running or building anything, in time and
 * memory linear in the file, and never throws.
 *
 * 1. The bytes are ONNX, and every reader understands them alike (`readMessage`).
 * 2. Only allowed operators of ai.onnx and ai.onnx.ml; no subgraph, function, training graph, sparse or external data.
 * 3. For batches of 1, 3 and `limits.batch` rows every shape is computed; memory and work stay within the limits.
 * 4. Inputs and outputs can be fields of records: [N] or [N, k], numbers, strings, booleans.
 */
export function gateModel(bytes: Uint8Array, limits: GateLimits = DEFAULT_LIMITS): GateVerdict {
  try {
    return judge(bytes, limits);
  } catch (error) {
    if (error instanceof GateRefusal) return { accepted: false, reasonCode: error.reasonCode, reason: error.message };
    if (error instanceof MalformedMessage) {
      return {
        accepted: false,
        reasonCode: 'MALFORMED',
        reason: `The file is no well-formed ONNX model. ${error.message}`,
      };
    }
    return { accepted: false, reasonCode: 'GATE_FAILED', reason: 'The file could not be judged, so it is not let in.' };
  }
}

function judge(bytes: Uint8Array, limits: GateLimits): GateVerdict {
  const format = sniffFormat(bytes);
  if (format) refuse('NOT_ONNX', `The file is ${format}; only ONNX is accepted.`);
  if (bytes.length > limits.bytes)
    refuse('MODEL_TOO_LARGE', `The file has ${bytes.length} bytes; ${limits.bytes} are allowed.`);
  const model = readMessage(ModelProto, bytes, limits.read);
  const { graph, opsets } = checkModel(model, limits);
  if (graph.input.length > limits.inputs || graph.output.length > limits.outputs) {
    refuse(
      'INVALID_GRAPH',
      `The model has ${graph.input.length} inputs and ${graph.output.length} outputs; ${limits.inputs} and ${limits.outputs} are allowed.`,
    );
  }
  const inputs = graph.input.map((info) => readInput(info, limits));
  const constants = readConstants(graph, limits);
  const batches = [1, 3, limits.batch].map((rows) => ({
    rows,
    values: onlyOutputs(graph, inferShapes(graph, opsets, inputs, constants, rows, limits)),
  }));
  const outputs = readOutputs(graph, batches, limits);
  return {
    accepted: true,
    signature: plainSignature(inputs, outputs),
    facts: {
      irVersion: Number(model.irVersion ?? 0),
      opsets: Object.fromEntries(opsets),
      producer: `${model.producerName ?? ''} ${model.producerVersion ?? ''}`.trim(),
      nodes: graph.node.length,
      operators: [...new Set(graph.node.map((node) => node.opType ?? ''))].sort(),
      metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key ?? '', value ?? ''])),
    },
  };
}

function onlyOutputs(graph: GraphProto, values: ReadonlyMap<string, ValueFacts>): ReadonlyMap<string, ValueFacts> {
  return new Map(graph.output.map(({ name = '' }) => [name, values.get(name) ?? { shape: [] }]));
}

/** What an ONNX file says of itself: names, types and widths. Ranges, categories and meanings are not in it. */
function plainSignature(inputs: readonly TensorSpec[], outputs: readonly TensorSpec[]): ModelSignature {
  const signature: ModelSignature = {
    inputs: inputs.map((spec) => ({
      ...field(spec),
      optional: false,
      closed: false,
      min: null,
      max: null,
      categories: null,
      meaning: '',
    })),
    outputs: outputs.map((spec) => ({ ...field(spec), meaning: '' })),
  };
  checkFields('inputs', signature.inputs);
  checkFields('outputs', signature.outputs);
  return signature;
}

const field = ({ name, type, rank, width }: TensorSpec) => ({ name, field: servingFieldName(name), type, rank, width });

function checkFields(what: string, tensors: readonly { readonly name: string; readonly field: string }[]): void {
  const taken = new Map<string, string>();
  for (const { name, field } of tensors) {
    const other = taken.get(field);
    if (other !== undefined)
      refuse(
        'FIELD_COLLISION',
        `The ${what} ${quoted(other)} and ${quoted(name)} would both be the field ${field}; rename one.`,
      );
    taken.set(field, name);
  }
}
