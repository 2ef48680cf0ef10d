import type { Encodable } from '../proto/message';
import { AttributeType, DataType, GraphProto, type ModelProto } from '../proto/onnx-messages';
import { writeMessage } from '../proto/write-message';
import {
  attributeFloats,
  attributeInt,
  attributeText,
  endlessLoop,
  floats,
  type Graph,
  model,
  type Node,
  node,
  RELU,
  reasonOf,
  value,
} from '../testing/sample-models';
import { gateModel } from './gate-model';
import { DEFAULT_LIMITS } from './limits';

const nodes = (...list: Node[]) => model({ node: list });
const tensorOf = (dims: number[], rawBytes: number) => ({
  name: 'w',
  dims,
  dataType: DataType.FLOAT,
  rawData: new Uint8Array(rawBytes),
});

describe('onnx > gateModel > refuses structure', () => {
  const withMore = (more: Encodable<typeof ModelProto>) => model({ node: [RELU] }, more);
  const graph = (change: Partial<Graph>) => model({ node: [RELU], ...change });
  const anyBytes = new Uint8Array(0);
  const attribute = (name: string, change: object): Node => node('Relu', ['x'], ['y'], [{ name, ...change }]);
  it.each<[string, Uint8Array, string]>([
    ['a file without graph', writeMessage({ name: 'M', fields: {} }, {}), 'NOT_ONNX'],
    ['a custom domain', model({ node: [node('Relu', ['x'], ['y'], [], 'com.microsoft')] }), 'CUSTOM_DOMAIN'],
    ['an import of a custom domain', withMore({ opsetImport: [{ domain: 'evil', version: 1 }] }), 'CUSTOM_DOMAIN'],
    [
      'two versions of one domain',
      withMore({ opsetImport: [{ version: 17 }, { domain: 'ai.onnx', version: 18 }] }),
      'OPSET_NOT_ALLOWED',
    ],
    ['an ancient opset', withMore({ opsetImport: [{ version: 6 }] }), 'OPSET_NOT_ALLOWED'],
    [
      'a node whose domain is not imported',
      withMore({ opsetImport: [{ domain: 'ai.onnx.ml', version: 3 }] }),
      'OPSET_NOT_ALLOWED',
    ],
    ['functions', withMore({ functions: [anyBytes] }), 'FUNCTIONS'],
    ['training graphs', withMore({ trainingInfo: [anyBytes] }), 'TRAINING_INFO'],
    ['device configurations', withMore({ configuration: [anyBytes] }), 'DEVICE_CONFIGURATION'],
    ['sparse constants', graph({ sparseInitializer: [anyBytes] }), 'SPARSE_TENSOR'],
    ['an operator that is not listed', nodes(node('NonZero', ['x'], ['y'])), 'OPERATOR_NOT_ALLOWED'],
    ['random numbers', nodes(node('RandomNormalLike', ['x'], ['y'])), 'OPERATOR_NOT_ALLOWED'],
    ['an operator called constructor', nodes(node('constructor', ['x'], ['y'])), 'OPERATOR_NOT_ALLOWED'],
    ['a loop', endlessLoop(), 'SUBGRAPH'],
    [
      'a branch',
      nodes(
        node('If', ['x'], ['y'], [{ name: 'then_branch', type: AttributeType.GRAPH, g: writeMessage(GraphProto, {}) }]),
      ),
      'SUBGRAPH',
    ],
    [
      'a graph hidden in an allowed operator',
      nodes(attribute('body', { type: AttributeType.GRAPH, g: anyBytes })),
      'SUBGRAPH',
    ],
    ['a list of graphs', nodes(attribute('bodies', { type: 10, graphs: [anyBytes] })), 'SUBGRAPH'],
    ['a sparse attribute', nodes(attribute('s', { type: 11, sparseTensor: anyBytes })), 'SPARSE_TENSOR'],
    ['a type as attribute', nodes(attribute('t', { type: 13, tp: anyBytes })), 'INVALID_ATTRIBUTE'],
    [
      'an attribute that refers to a function',
      nodes(attribute('a', { type: 1, refAttrName: 'b' })),
      'INVALID_ATTRIBUTE',
    ],
    ['an attribute of another kind than declared', nodes(attribute('a', { type: 1, i: 3 })), 'INVALID_ATTRIBUTE'],
    ['an attribute of two kinds', nodes(attribute('a', { type: 1, f: 1, i: 3 })), 'INVALID_ATTRIBUTE'],
    [
      'two attributes of one name',
      nodes(node('Relu', ['x'], ['y'], [attributeInt('a', 1), attributeInt('a', 2)])),
      'INVALID_ATTRIBUTE',
    ],
    [
      'a text that would be copied per row',
      nodes(node('Relu', ['x'], ['y'], [attributeText('default_string', 'a'.repeat(5000))])),
      'INVALID_ATTRIBUTE',
    ],
    [
      'external data',
      graph({
        initializer: [
          { ...tensorOf([1], 4), dataLocation: 1, externalData: [{ key: 'location', value: '../../etc/passwd' }] },
        ],
      }),
      'EXTERNAL_DATA',
    ],
    [
      'external data that says it is not',
      graph({ initializer: [{ ...tensorOf([1], 4), externalData: [{ key: 'location', value: 'a' }] }] }),
      'EXTERNAL_DATA',
    ],
    [
      'external data in an attribute',
      nodes(
        node(
          'Constant',
          [],
          ['c'],
          [{ name: 'value', type: AttributeType.TENSOR, t: { dims: [1], dataType: 1, dataLocation: 1 } }],
        ),
        RELU,
      ),
      'EXTERNAL_DATA',
    ],
    ['an input and a constant of one name', graph({ initializer: [floats('x', [1])] }), 'DUPLICATE_NAME'],
    ['two nodes with one output', nodes(RELU, RELU), 'DUPLICATE_NAME'],
    [
      'an output listed twice',
      graph({ output: [value('y', 'FLOAT', ['N', 2]), value('y', 'FLOAT', ['N', 2])] }),
      'DUPLICATE_NAME',
    ],
    [
      'two inputs of one name',
      graph({ input: [value('x', 'FLOAT', ['N', 2]), value('x', 'FLOAT', ['N', 2])] }),
      'DUPLICATE_NAME',
    ],
    ['a value that nothing gives', nodes(node('Add', ['x', 'z'], ['y'])), 'UNDEFINED_NAME'],
    [
      'a value used before it is given (a cycle)',
      nodes(node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])),
      'UNDEFINED_NAME',
    ],
    ['an output that nothing gives', graph({ output: [value('z', 'FLOAT', ['N', 2])] }), 'UNDEFINED_NAME'],
    [
      'no input',
      graph({ input: [], node: [node('Constant', [], ['y'], [attributeFloats('value_floats', [1])])] }),
      'INVALID_GRAPH',
    ],
    ['no output', graph({ output: [] }), 'INVALID_GRAPH'],
    ['a node without output', nodes(RELU, node('Relu', ['x'], [])), 'INVALID_GRAPH'],
    ['more outputs than the operator has', nodes(node('Relu', ['x'], ['y', 'z'])), 'INVALID_GRAPH'],
    ['fewer inputs than the operator needs', nodes(node('Gemm', ['x'], ['y'])), 'INVALID_GRAPH'],
    [
      'two fields of one name',
      graph({
        input: [value('a b', 'FLOAT', ['N', 2]), value('a-b', 'FLOAT', ['N', 2])],
        node: [node('Add', ['a b', 'a-b'], ['y'])],
      }),
      'FIELD_COLLISION',
    ],
  ])('%s', (_, bytes, code) => {
    expect(reasonOf(bytes)).toBe(code);
  });
  it('too many nodes, values, bytes', () => {
    const chain = Array.from({ length: 12 }, (_, i) =>
      node('Relu', [i === 0 ? 'x' : `v${i}`], [i === 11 ? 'y' : `v${i + 1}`]),
    );
    expect(reasonOf(nodes(...chain))).toBe('ACCEPTED');
    expect(reasonOf(nodes(...chain), { ...DEFAULT_LIMITS, nodes: 11 })).toBe('TOO_MANY_NODES');
    expect(reasonOf(nodes(...chain), { ...DEFAULT_LIMITS, values: 11 })).toBe('TOO_MANY_NODES');
    expect(reasonOf(nodes(...chain), { ...DEFAULT_LIMITS, bytes: 100 })).toBe('MODEL_TOO_LARGE');
  });
  it('never repeats more than a little of what the file says', () => {
    const verdict = gateModel(nodes(node('X'.repeat(100_000), ['x'], [`${'y'.repeat(100_000)}\n{"level":"forged"}`])));
    expect(verdict.accepted ? '' : verdict.reason).not.toMatch(/[\n\r]/);
    expect(verdict.accepted ? 0 : verdict.reason.length).toBeLessThan(600);
  });
});
