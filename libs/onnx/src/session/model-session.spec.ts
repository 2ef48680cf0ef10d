/** @jest-environment ./libs/onnx/test/native-arrays.environment.cjs */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linearClassifier, model, node, perceptron, treeModel, value } from '../testing/sample-models';
import { ModelSession } from './model-session';
import type { ColumnData } from './tensor-columns';

const x = (values: number[]): Map<string, ColumnData> => new Map([['x', Float32Array.from(values)]]);

describe('onnx > ModelSession', () => {
  it('runs a batch of rows', async () => {
    const session = await ModelSession.load(treeModel());
    const outputs = await session.run(4, x([0.5, 9, 0.51, 0.5, 0.51, 0.51, Number.NaN, Number.NaN]));
    expect(Array.from(outputs.get('y') as Float32Array)).toEqual([1, 2, 3, 3]);
    await session.release();
  });
  it('asks the model itself what its outputs are', async () => {
    const session = await ModelSession.load(linearClassifier());
    expect(session.outputs).toEqual([
      { name: 'label', type: 'INT64', rank: 1, width: 1 },
      { name: 'scores', type: 'FLOAT', rank: 2, width: 2 },
    ]);
    // Declares its label as exactly one row.
    const lightgbm = await ModelSession.load(readFileSync(join(__dirname, '../../test/exports/lightgbm.onnx')));
    expect(lightgbm.outputs.map((output) => [output.rank, output.width])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const outputs = await lightgbm.run(3, x([0, 0, 1, 1, -1, 1]));
    expect([...outputs.values()].map((column) => column.length)).toEqual([3, 6]);
  });
  it('gives the same bits for the same batch', async () => {
    const bytes = perceptron();
    const rows = Array.from({ length: 200 }, (_, i) => Math.sin(i));
    const runs = await Promise.all([1, 2].map(async () => (await ModelSession.load(bytes)).run(100, x(rows))));
    expect(
      Buffer.compare(
        Buffer.from((runs[0].get('y') as Float32Array).buffer),
        Buffer.from((runs[1].get('y') as Float32Array).buffer),
      ),
    ).toBe(0);
  });
  it('carries strings and booleans both ways', async () => {
    const bytes = model({
      node: [node('Identity', ['s'], ['t']), node('Not', ['b'], ['c'])],
      input: [value('s', 'STRING', ['N', 1]), value('b', 'BOOL', ['N'])],
      output: [value('t', 'STRING', ['N', 1]), value('c', 'BOOL', ['N'])],
    });
    const session = await ModelSession.load(bytes);
    await session.warm([1, 5]);
    const outputs = await session.run(
      2,
      new Map<string, ColumnData>([
        ['s', ['é', '']],
        ['b', Uint8Array.of(1, 0)],
      ]),
    );
    expect(outputs.get('t')).toEqual(['é', '']);
    expect(Array.from(outputs.get('c') as Uint8Array)).toEqual([0, 1]);
  });
  it.each([
    ['bytes that are no model', Buffer.from('nothing'), 'ONNX Runtime does not load it'],
    [
      'a model for one row only',
      model({ node: [node('Relu', ['x'], ['y'])], input: [value('x', 'FLOAT', [1, 2])] }),
      'x takes exactly 1 rows',
    ],
    [
      'an output that does not follow the rows',
      model({
        node: [node('ReduceSum', ['x'], ['y'])],
        output: [{ name: 'y', type: { tensorType: { elemType: 1 } } }],
      }),
      'y gives [1,1] for 2 rows',
    ],
  ])('refuses %s without showing a path of this machine', async (_, bytes, words) => {
    const refused = await ModelSession.load(bytes).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({
      code: 'MODEL_UNUSABLE',
      retriable: false,
      message: expect.stringContaining(words),
    });
    expect((refused as Error).message).not.toMatch(/[\\/]/);
  });
  it('refuses a column of the wrong length and goes on', async () => {
    const session = await ModelSession.load(treeModel());
    await expect(session.run(2, x([1]))).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    await expect(session.run(1, new Map())).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    expect((await session.run(1, x([0, 0]))).get('y')).toHaveLength(1);
  });
});
