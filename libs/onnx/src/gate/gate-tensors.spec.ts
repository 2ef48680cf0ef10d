import type { Encodable } from '../proto/message';
import { DataType, type TensorProto } from '../proto/onnx-messages';
import { model, type Node, node, RELU, reasonOf, utf8, value } from '../testing/sample-models';

const nodes = (...list: Node[]) => model({ node: list });
const tensorOf = (dims: number[], rawBytes: number) => ({
  name: 'w',
  dims,
  dataType: DataType.FLOAT,
  rawData: new Uint8Array(rawBytes),
});

describe('onnx > gateModel > refuses tensors and types', () => {
  const constant = (tensor: Encodable<typeof TensorProto>) =>
    model({ node: [RELU], initializer: [{ name: 'w', ...tensor }] });
  it.each<[string, Uint8Array, string]>([
    ['fewer bytes than the shape says', constant(tensorOf([2, 2], 12)), 'INVALID_TENSOR'],
    ['more bytes than the shape says', constant(tensorOf([2, 2], 20)), 'INVALID_TENSOR'],
    ['bytes that are no whole element', constant(tensorOf([1], 5)), 'INVALID_TENSOR'],
    ['a shape of 2^62 values without data', constant({ dims: [2 ** 31, 2 ** 31], dataType: 1 }), 'INVALID_TENSOR'],
    ['a negative dimension', constant({ dims: [-4], dataType: 1, floatData: [1] }), 'INVALID_TENSOR'],
    ['a dimension beyond 2^53', constant({ dims: [2n ** 60n], dataType: 1 }), 'INVALID_TENSOR'],
    ['data in two places', constant({ ...tensorOf([1], 4), floatData: [1] }), 'INVALID_TENSOR'],
    ['data of another type', constant({ dims: [1], dataType: 1, int64Data: [1] }), 'INVALID_TENSOR'],
    ['a segment', constant({ ...tensorOf([1], 4), segment: new Uint8Array(0) }), 'INVALID_TENSOR'],
    ['raw strings', constant({ dims: [1], dataType: DataType.STRING, rawData: utf8('abc') }), 'INVALID_TENSOR'],
    ['a constant of size 0', constant({ dims: [0], dataType: 1 }), 'ZERO_DIMENSION'],
    ['half precision', constant({ dims: [1], dataType: 10, rawData: new Uint8Array(2) }), 'UNSUPPORTED_TYPE'],
    ['a type that does not exist', constant({ dims: [1], dataType: 99 }), 'UNSUPPORTED_TYPE'],
    ['an input without type', model({ node: [RELU], input: [{ name: 'x' }] }), 'UNSUPPORTED_TYPE'],
    [
      'an input that is a sequence',
      model({ node: [RELU], input: [{ name: 'x', type: { sequenceType: new Uint8Array(0) } }] }),
      'UNSUPPORTED_TYPE',
    ],
    [
      'an output that is a map',
      model({ node: [RELU], output: [{ name: 'y', type: { mapType: new Uint8Array(0) } }] }),
      'UNSUPPORTED_TYPE',
    ],
    [
      'an input of 8-bit integers',
      model({ node: [RELU], input: [{ name: 'x', type: { tensorType: { elemType: 2, shape: {} } } }] }),
      'UNSUPPORTED_TYPE',
    ],
    [
      'an input without shape',
      model({ node: [RELU], input: [{ name: 'x', type: { tensorType: { elemType: 1 } } }] }),
      'UNSUPPORTED_SHAPE',
    ],
    [
      'an input for exactly one row',
      model({ node: [RELU], input: [value('x', 'FLOAT', [1, 2])] }),
      'UNSUPPORTED_SHAPE',
    ],
    [
      'an input with a free second dimension',
      model({ node: [RELU], input: [value('x', 'FLOAT', ['N', 'M'])] }),
      'UNSUPPORTED_SHAPE',
    ],
    ['an image', model({ node: [RELU], input: [value('x', 'FLOAT', ['N', 3, 8, 8])] }), 'UNSUPPORTED_SHAPE'],
    ['a scalar input', model({ node: [RELU], input: [value('x', 'FLOAT', [])] }), 'UNSUPPORTED_SHAPE'],
    ['an input of width 0', model({ node: [RELU], input: [value('x', 'FLOAT', ['N', 0])] }), 'ZERO_DIMENSION'],
    [
      'an input of a million columns',
      model({ node: [RELU], input: [value('x', 'FLOAT', ['N', 1_000_000])] }),
      'UNSUPPORTED_SHAPE',
    ],
    ['an output that does not follow the batch', nodes(node('ReduceSum', ['x'], ['y'])), 'UNSUPPORTED_SHAPE'],
    [
      'an output whose width follows the batch',
      nodes(node('Transpose', ['x'], ['t']), node('MatMul', ['x', 't'], ['y'])),
      'UNSUPPORTED_SHAPE',
    ],
    [
      'an output declared of another width',
      model({ node: [RELU], output: [value('y', 'FLOAT', ['N', 3])] }),
      'UNSUPPORTED_SHAPE',
    ],
    [
      'an output declared of another rank',
      model({ node: [RELU], output: [value('y', 'FLOAT', ['N'])] }),
      'UNSUPPORTED_SHAPE',
    ],
    ['an output whose rank changes at one row', nodes(node('Squeeze', ['x'], ['y'])), 'UNSUPPORTED_SHAPE'],
  ])('%s', (_, bytes, code) => {
    expect(reasonOf(bytes)).toBe(code);
  });
});
