import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  attributeInt,
  linearClassifier,
  longs,
  model,
  node,
  perceptron,
  reluModel,
  treeModel,
  value,
} from '../testing/sample-models';
import { gateModel } from './gate-model';

const exportsFolder = join(__dirname, '../../test/exports');
const exported = readdirSync(exportsFolder).filter((name) => name.endsWith('.onnx') && !name.includes('zipmap'));

describe('onnx > gateModel > accepts', () => {
  it.each([
    ['one operator', reluModel()],
    ['a perceptron', perceptron()],
    ['a tree', treeModel()],
    ['a classifier with two outputs', linearClassifier()],
    ...exported.map((name) => [name, readFileSync(join(exportsFolder, name))] as const),
  ] as [string, Uint8Array][])('%s', (_, bytes) => {
    const verdict = gateModel(bytes);
    expect(verdict).toMatchObject({ accepted: true });
  });
  it('gives signature and facts', () => {
    expect(gateModel(linearClassifier())).toEqual({
      accepted: true,
      signature: {
        inputs: [
          {
            name: 'x',
            field: 'x',
            type: 'FLOAT',
            rank: 2,
            width: 2,
            optional: false,
            closed: false,
            min: null,
            max: null,
            categories: null,
            meaning: '',
          },
        ],
        outputs: [
          { name: 'label', field: 'label', type: 'INT64', rank: 1, width: 1, meaning: '' },
          { name: 'scores', field: 'scores', type: 'FLOAT', rank: 2, width: 2, meaning: '' },
        ],
      },
      facts: {
        irVersion: 8,
        opsets: { '': 17, 'ai.onnx.ml': 3 },
        producer: '',
        nodes: 1,
        operators: ['LinearClassifier'],
        metadata: {},
      },
    });
  });
  it('makes field names of names that Avro does not allow', () => {
    const bytes = model({
      node: [node('Relu', ['in:0'], ['1.out'])],
      input: [value('in:0', 'FLOAT', ['N', 1])],
      output: [value('1.out', 'FLOAT', ['N', 1])],
    });
    const verdict = gateModel(bytes);
    expect(verdict.accepted && [verdict.signature.inputs[0].field, verdict.signature.outputs[0].field]).toEqual([
      'in_0',
      '_1_out',
    ]);
  });
  it('computes widths that the file does not declare', () => {
    const bytes = model({
      node: [node('Concat', ['x', 'x', 'x'], ['y'], [attributeInt('axis', 1)])],
      output: [{ name: 'y', type: { tensorType: { elemType: 1 } } }],
    });
    const verdict = gateModel(bytes);
    expect(verdict.accepted && verdict.signature.outputs[0]).toMatchObject({ rank: 2, width: 6 });
  });
  it('follows a shape through the arithmetic that exporters write', () => {
    const bytes = model({
      initializer: [
        longs('zero', [0]),
        longs('two', [2]),
        longs('minus', [-1]),
        longs('axes', [0]),
        longs('end', [9223372036854775807n]),
      ],
      node: [
        node('Shape', ['x'], ['s']),
        node('Slice', ['s', 'zero', 'two', 'axes'], ['both']),
        node('Gather', ['both', 'zero'], ['n']),
        node('Mul', ['n', 'two'], ['m']),
        node('Div', ['m', 'two'], ['k']),
        node('Concat', ['k', 'minus'], ['wanted'], [attributeInt('axis', 0)]),
        node('Reshape', ['x', 'wanted'], ['r']),
        node('Slice', ['r', 'zero', 'end', 'axes'], ['y']),
      ],
    });
    expect(gateModel(bytes)).toMatchObject({ accepted: true });
  });
});
