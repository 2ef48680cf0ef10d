import { gateModel } from '../gate/gate-model';
import { DEFAULT_LIMITS, type GateLimits } from '../gate/limits';
import type { Encodable } from '../proto/message';
import { AttributeType, DataType, type DataTypeName, GraphProto, ModelProto, NodeProto } from '../proto/onnx-messages';
import { writeMessage } from '../proto/write-message';

/** Parts of models for the specs of the gate, the session and the dry run. */
export type Attribute = NonNullable<Encodable<typeof NodeProto>['attribute']>[number];
export type Node = Encodable<typeof NodeProto>;
export type Graph = Encodable<typeof GraphProto>;
type Dim = number | string;

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const attributeInt = (name: string, i: number | bigint): Attribute => ({ name, type: AttributeType.INT, i });
export const attributeInts = (name: string, ints: number[]): Attribute => ({ name, type: AttributeType.INTS, ints });
export const attributeFloats = (name: string, floats: number[]): Attribute => ({
  name,
  type: AttributeType.FLOATS,
  floats,
});
export const attributeText = (name: string, text: string): Attribute => ({
  name,
  type: AttributeType.STRING,
  s: utf8(text),
});
export const attributeTexts = (name: string, texts: string[]): Attribute => ({
  name,
  type: AttributeType.STRINGS,
  strings: texts.map(utf8),
});

export const node = (
  opType: string,
  input: string[],
  output: string[],
  attribute: Attribute[] = [],
  domain = '',
): Node => ({
  opType,
  input,
  output,
  attribute,
  domain,
});

export const value = (name: string, type: DataTypeName, dims: Dim[]) => ({
  name,
  type: {
    tensorType: {
      elemType: DataType[type],
      shape: { dim: dims.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim })) },
    },
  },
});

export const longs = (name: string, values: (number | bigint)[], dims: number[] = [values.length]) => ({
  name,
  dims,
  dataType: DataType.INT64,
  int64Data: values,
});

export const floats = (name: string, values: number[], dims: number[] = [values.length]) => ({
  name,
  dims,
  dataType: DataType.FLOAT,
  floatData: values,
});

/** y = some graph of x: float [N, 2] unless said otherwise. */
export function model(graph: Partial<Graph>, more: Encodable<typeof ModelProto> = {}): Uint8Array {
  return writeMessage(ModelProto, {
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: { name: 'g', input: [value('x', 'FLOAT', ['N', 2])], output: [value('y', 'FLOAT', ['N', 2])], ...graph },
    ...more,
  });
}

export const RELU = node('Relu', ['x'], ['y']);
export const reluModel = (): Uint8Array => model({ node: [RELU] });

/** x -> Gemm 2x8 -> Relu -> Gemm 8x3 -> Softmax, as a PyTorch export would be. */
export function perceptron(): Uint8Array {
  const weights = (count: number) => Array.from({ length: count }, (_, i) => ((i * 37) % 19) / 10 - 0.9);
  return model({
    node: [
      node('Gemm', ['x', 'w1', 'b1'], ['h']),
      node('Relu', ['h'], ['a']),
      node('Gemm', ['a', 'w2', 'b2'], ['z'], [attributeInt('transB', 1)]),
      node('Softmax', ['z'], ['y'], [attributeInt('axis', -1)]),
    ],
    initializer: [
      floats('w1', weights(16), [2, 8]),
      floats('b1', weights(8)),
      floats('w2', weights(24), [3, 8]),
      floats('b2', weights(3)),
    ],
    output: [value('y', 'FLOAT', ['N', 3])],
  });
}

export interface TreeChange {
  readonly features?: number[];
  readonly modes?: string[];
  readonly trueChildren?: number[];
  readonly falseChildren?: number[];
  readonly leafIds?: number[];
  readonly targetIds?: number[];
  readonly more?: Attribute[];
}

/** One tree of five nodes on two features: x0 <= 0.5 ? 1 : (x1 <= 0.5 ? 2 : 3). */
export function treeNode(change: TreeChange = {}): Node {
  return node(
    'TreeEnsembleRegressor',
    ['x'],
    ['y'],
    [
      attributeInt('n_targets', 1),
      attributeInts('nodes_treeids', [0, 0, 0, 0, 0]),
      attributeInts('nodes_nodeids', [0, 1, 2, 3, 4]),
      attributeInts('nodes_featureids', change.features ?? [0, 0, 1, 0, 0]),
      attributeTexts('nodes_modes', change.modes ?? ['BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF']),
      attributeFloats('nodes_values', [0.5, 0, 0.5, 0, 0]),
      attributeInts('nodes_truenodeids', change.trueChildren ?? [1, 0, 3, 0, 0]),
      attributeInts('nodes_falsenodeids', change.falseChildren ?? [2, 0, 4, 0, 0]),
      attributeInts('target_treeids', [0, 0, 0]),
      attributeInts('target_nodeids', change.leafIds ?? [1, 3, 4]),
      attributeInts('target_ids', change.targetIds ?? [0, 0, 0]),
      attributeFloats('target_weights', [1, 2, 3]),
      ...(change.more ?? []),
    ],
    'ai.onnx.ml',
  );
}

export const treeModel = (change: TreeChange = {}): Uint8Array =>
  model({ node: [treeNode(change)], output: [value('y', 'FLOAT', ['N', 1])] });

/** Strings to classes, as scikit-learn exports with zipmap off: label [N] and probabilities [N, 2]. */
export function linearClassifier(): Uint8Array {
  const attributes = [
    attributeFloats('coefficients', [1, -2]),
    attributeFloats('intercepts', [0.5]),
    attributeInts('classlabels_ints', [0, 1]),
    attributeText('post_transform', 'LOGISTIC'),
  ];
  return model({
    node: [node('LinearClassifier', ['x'], ['label', 'scores'], attributes, 'ai.onnx.ml')],
    output: [value('label', 'INT64', ['N']), value('scores', 'FLOAT', ['N', 2])],
  });
}

/** 109 bytes in its smallest form: on its first run it asks for 2^31 floats. */
export function constantBomb(): Uint8Array {
  return model({
    initializer: [longs('s', [2 ** 31])],
    node: [node('ConstantOfShape', ['s'], ['c']), node('ReduceSum', ['c'], ['d']), node('Add', ['x', 'd'], ['y'])],
  });
}

/** A loop of 2^62 rounds: it never returns. */
export function endlessLoop(): Uint8Array {
  const body = writeMessage(GraphProto, {
    name: 'body',
    input: [value('i', 'INT64', []), value('go', 'BOOL', []), value('a', 'FLOAT', ['N', 2])],
    output: [value('on', 'BOOL', []), value('b', 'FLOAT', ['N', 2])],
    node: [node('Identity', ['go'], ['on']), node('Identity', ['a'], ['b'])],
  });
  return model({
    initializer: [longs('m', [2n ** 62n], []), { name: 'true', dims: [], dataType: DataType.BOOL, int32Data: [1] }],
    node: [node('Loop', ['m', 'true', 'x'], ['y'], [{ name: 'body', type: AttributeType.GRAPH, g: body }])],
  });
}

/** Reason code of the gate, or ACCEPTED. */
export function reasonOf(bytes: Uint8Array, limits: GateLimits = DEFAULT_LIMITS): string {
  const verdict = gateModel(bytes, limits);
  return verdict.accepted ? 'ACCEPTED' : verdict.reasonCode;
}
