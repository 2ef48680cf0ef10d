import { type Decoded, many, message, one } from './message';

/**
 * The messages of onnx.proto (IR version 13, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) with every field that it
 * has. What the gate refuses anyway - subgraphs, functions, training, sparse tensors, device placement - stays opaque, so the
 * nesting is at most ModelProto > GraphProto > NodeProto > AttributeProto > TensorProto > StringStringEntryProto.
 */
export const StringStringEntryProto = message('StringStringEntryProto', {
  key: one(1, 'string'),
  value: one(2, 'string'),
});

export const TensorProto = message('TensorProto', {
  dims: many(1, 'int'),
  dataType: one(2, 'int'),
  segment: one(3, 'opaque'),
  floatData: many(4, 'float'),
  int32Data: many(5, 'int'),
  stringData: many(6, 'bytes'),
  int64Data: many(7, 'int'),
  name: one(8, 'string'),
  rawData: one(9, 'bytes'),
  doubleData: many(10, 'double'),
  uint64Data: many(11, 'int'),
  docString: one(12, 'string'),
  externalData: many(13, StringStringEntryProto),
  dataLocation: one(14, 'int'),
  metadataProps: many(16, StringStringEntryProto),
});

export const AttributeProto = message('AttributeProto', {
  name: one(1, 'string'),
  f: one(2, 'float'),
  i: one(3, 'int'),
  s: one(4, 'bytes'),
  t: one(5, TensorProto),
  g: one(6, 'opaque'),
  floats: many(7, 'float'),
  ints: many(8, 'int'),
  strings: many(9, 'bytes'),
  tensors: many(10, 'opaque'),
  graphs: many(11, 'opaque'),
  docString: one(13, 'string'),
  tp: one(14, 'opaque'),
  typeProtos: many(15, 'opaque'),
  type: one(20, 'int'),
  refAttrName: one(21, 'string'),
  sparseTensor: one(22, 'opaque'),
  sparseTensors: many(23, 'opaque'),
});

export const NodeProto = message('NodeProto', {
  input: many(1, 'string'),
  output: many(2, 'string'),
  name: one(3, 'string'),
  opType: one(4, 'string'),
  attribute: many(5, AttributeProto),
  docString: one(6, 'string'),
  domain: one(7, 'string'),
  overload: one(8, 'string'),
  metadataProps: many(9, StringStringEntryProto),
  deviceConfigurations: many(10, 'opaque'),
});

export const Dimension = message('TensorShapeProto.Dimension', {
  dimValue: one(1, 'int'),
  dimParam: one(2, 'string'),
  denotation: one(3, 'string'),
});

export const TensorShapeProto = message('TensorShapeProto', { dim: many(1, Dimension) });

export const TensorTypeProto = message('TypeProto.Tensor', {
  elemType: one(1, 'int'),
  shape: one(2, TensorShapeProto),
});

export const TypeProto = message('TypeProto', {
  tensorType: one(1, TensorTypeProto),
  sequenceType: one(4, 'opaque'),
  mapType: one(5, 'opaque'),
  denotation: one(6, 'string'),
  opaqueType: one(7, 'opaque'),
  sparseTensorType: one(8, 'opaque'),
  optionalType: one(9, 'opaque'),
});

export const ValueInfoProto = message('ValueInfoProto', {
  name: one(1, 'string'),
  type: one(2, TypeProto),
  docString: one(3, 'string'),
  metadataProps: many(4, StringStringEntryProto),
});

export const GraphProto = message('GraphProto', {
  node: many(1, NodeProto),
  name: one(2, 'string'),
  initializer: many(5, TensorProto),
  docString: one(10, 'string'),
  input: many(11, ValueInfoProto),
  output: many(12, ValueInfoProto),
  valueInfo: many(13, ValueInfoProto),
  quantizationAnnotation: many(14, 'opaque'),
  sparseInitializer: many(15, 'opaque'),
  metadataProps: many(16, StringStringEntryProto),
});

export const OperatorSetIdProto = message('OperatorSetIdProto', { domain: one(1, 'string'), version: one(2, 'int') });

export const ModelProto = message('ModelProto', {
  irVersion: one(1, 'int'),
  producerName: one(2, 'string'),
  producerVersion: one(3, 'string'),
  domain: one(4, 'string'),
  modelVersion: one(5, 'int'),
  docString: one(6, 'string'),
  graph: one(7, GraphProto),
  opsetImport: many(8, OperatorSetIdProto),
  metadataProps: many(14, StringStringEntryProto),
  trainingInfo: many(20, 'opaque'),
  functions: many(25, 'opaque'),
  configuration: many(26, 'opaque'),
});

export type ModelProto = Decoded<typeof ModelProto>;
export type GraphProto = Decoded<typeof GraphProto>;
export type NodeProto = Decoded<typeof NodeProto>;
export type AttributeProto = Decoded<typeof AttributeProto>;
export type TensorProto = Decoded<typeof TensorProto>;
export type ValueInfoProto = Decoded<typeof ValueInfoProto>;
export type OperatorSetIdProto = Decoded<typeof OperatorSetIdProto>;

/** AttributeProto.AttributeType. */
export const AttributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
} as const;

/** TensorProto.DataType, as far as models here may use it. */
export const DataType = { FLOAT: 1, INT32: 6, INT64: 7, STRING: 8, BOOL: 9, DOUBLE: 11 } as const;
export type DataTypeName = keyof typeof DataType;

export function dataTypeName(code: number | bigint | undefined): DataTypeName | null {
  const found = Object.entries(DataType).find(([, value]) => value === code);
  return found ? (found[0] as DataTypeName) : null;
}
