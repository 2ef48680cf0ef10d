import type { ModelSignature } from '@millrace/contracts';

/** Why a file is not let in. Stable codes; the reason beside them is a sentence for its owner. */
export type GateReasonCode =
  | 'NOT_ONNX'
  | 'MODEL_TOO_LARGE'
  | 'MALFORMED'
  | 'OPSET_NOT_ALLOWED'
  | 'CUSTOM_DOMAIN'
  | 'FUNCTIONS'
  | 'TRAINING_INFO'
  | 'DEVICE_CONFIGURATION'
  | 'SPARSE_TENSOR'
  | 'EXTERNAL_DATA'
  | 'SUBGRAPH'
  | 'OPERATOR_NOT_ALLOWED'
  | 'TOO_MANY_NODES'
  | 'INVALID_GRAPH'
  | 'DUPLICATE_NAME'
  | 'UNDEFINED_NAME'
  | 'INVALID_ATTRIBUTE'
  | 'INVALID_TENSOR'
  | 'INVALID_TREE'
  | 'INVALID_SHAPE'
  | 'ZERO_DIMENSION'
  | 'SHAPE_NOT_STATIC'
  | 'UNSUPPORTED_TYPE'
  | 'UNSUPPORTED_SHAPE'
  | 'FIELD_COLLISION'
  | 'TOO_MUCH_MEMORY'
  | 'TOO_MUCH_WORK'
  | 'GATE_FAILED';

/** What a file that was let in is made of. */
export interface ModelFacts {
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly nodes: number;
  readonly operators: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export type GateVerdict =
  | { readonly accepted: true; readonly signature: ModelSignature; readonly facts: ModelFacts }
  | { readonly accepted: false; readonly reasonCode: GateReasonCode; readonly reason: string };

/** Thrown inside the gate only; `gateModel` turns it into a verdict. */
export class GateRefusal extends Error {
  constructor(
    readonly reasonCode: GateReasonCode,
    reason: string,
  ) {
    super(reason);
    this.name = 'GateRefusal';
  }
}

const MAX_REASON = 500;

export function refuse(code: GateReasonCode, reason: string): never {
  throw new GateRefusal(code, reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}...` : reason);
}

/** A name from the file inside a sentence: cut and escaped, so that it can neither flood nor forge a log line. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
}
