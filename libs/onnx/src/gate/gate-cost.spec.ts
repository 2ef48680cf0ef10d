import {
  attributeInt,
  constantBomb,
  floats,
  longs,
  model,
  type Node,
  node,
  RELU,
  reasonOf,
  treeNode,
  value,
} from '../testing/sample-models';

const nodes = (...list: Node[]) => model({ node: list });

describe('onnx > gateModel > refuses what would cost too much', () => {
  const huge = (...list: Node[]) =>
    model({
      node: [...list, node('ReduceSum', ['c'], ['d']), node('Add', ['x', 'd'], ['y'])],
      initializer: [
        longs('s', [2 ** 16, 2 ** 16]),
        longs('big', [2 ** 33]),
        longs('zero', [0], []),
        longs('many', [2 ** 40], []),
        longs('one', [1], []),
        floats('f', [1], [1, 1]),
      ],
    });
  const doubling = (count: number) =>
    nodes(
      ...Array.from({ length: count }, (_, i) =>
        node(
          'Concat',
          [i === 0 ? 'x' : `v${i}`, i === 0 ? 'x' : `v${i}`],
          [i === count - 1 ? 'y' : `v${i + 1}`],
          [attributeInt('axis', 1)],
        ),
      ),
    );
  it.each<[string, Uint8Array, string]>([
    ['a constant of 8 GiB in about a hundred bytes', constantBomb(), 'TOO_MUCH_MEMORY'],
    ['ConstantOfShape 2^32', huge(node('ConstantOfShape', ['s'], ['c'])), 'TOO_MUCH_MEMORY'],
    ['Expand to 2^32', huge(node('Expand', ['f', 's'], ['c'])), 'TOO_MUCH_MEMORY'],
    ['Tile by 2^32', huge(node('Tile', ['f', 's'], ['c'])), 'TOO_MUCH_MEMORY'],
    ['Range of 2^40', huge(node('Range', ['zero', 'many', 'one'], ['c'])), 'TOO_MUCH_MEMORY'],
    ['OneHot of depth 2^33', huge(node('OneHot', ['one', 'big', 'f'], ['c'])), 'TOO_MUCH_MEMORY'],
    ['doubling thirty times', doubling(30), 'TOO_MUCH_MEMORY'],
    [
      'an outer product of the batch with a long constant',
      model({
        initializer: [
          longs('r', [-1, 1]),
          { name: 'b', dims: [1, 60_000], dataType: 1, rawData: new Uint8Array(240_000) },
        ],
        node: [node('Reshape', ['x', 'r'], ['a']), node('MatMul', ['a', 'b'], ['m']), node('ReduceSum', ['m'], ['y'])],
      }),
      'TOO_MUCH_MEMORY',
    ],
    ['two million targets', nodes(treeWith([attributeInt('n_targets', 2 ** 31)])), 'TOO_MUCH_MEMORY'],
    ['a million numbers that add up', addingUp(), 'TOO_MUCH_MEMORY'],
    ['multiplications beyond the bound', work(), 'TOO_MUCH_WORK'],
    [
      'a shape that the request decides',
      model({ node: [node('Cast', ['x'], ['i'], [attributeInt('to', 7)]), node('ConstantOfShape', ['i'], ['y'])] }),
      'SHAPE_NOT_STATIC',
    ],
    [
      'repeats that the request decides',
      model({
        input: [value('x', 'INT64', ['N'])],
        node: [node('Tile', ['x', 'x'], ['y'])],
        output: [value('y', 'INT64', ['N'])],
      }),
      'SHAPE_NOT_STATIC',
    ],
    [
      'a depth that the request decides',
      model({
        input: [value('x', 'INT64', ['N'])],
        initializer: [floats('f', [0, 1])],
        node: [node('OneHot', ['x', 'x', 'f'], ['y'])],
        output: [value('y', 'FLOAT', ['N', 3])],
      }),
      'SHAPE_NOT_STATIC',
    ],
    [
      'a shape without values',
      model({ initializer: [longs('s', [4, 0])], node: [node('ConstantOfShape', ['s'], ['c']), RELU] }),
      'ZERO_DIMENSION',
    ],
    [
      'a slice of nothing',
      model({ initializer: [longs('a', [1]), longs('b', [1])], node: [node('Slice', ['x', 'a', 'b', 'a'], ['y'])] }),
      'ZERO_DIMENSION',
    ],
    [
      'a negative shape',
      model({ initializer: [longs('s', [-7])], node: [node('ConstantOfShape', ['s'], ['c']), RELU] }),
      'INVALID_SHAPE',
    ],
    [
      'shapes that do not fit',
      model({ initializer: [floats('w', [1, 2, 3])], node: [node('Add', ['x', 'w'], ['y'])] }),
      'INVALID_SHAPE',
    ],
    [
      'a reshape that loses values',
      model({ initializer: [longs('s', [-1, 3])], node: [node('Reshape', ['x', 's'], ['y'])] }),
      'INVALID_SHAPE',
    ],
    [
      'an axis that does not exist',
      nodes(node('Concat', ['x', 'x'], ['y'], [attributeInt('axis', 5)])),
      'INVALID_SHAPE',
    ],
    ['a Concat without axis', nodes(node('Concat', ['x', 'x'], ['y'])), 'INVALID_SHAPE'],
    [
      'a matrix of another height',
      model({ initializer: [floats('w', [1, 2, 3], [3, 1])], node: [node('MatMul', ['x', 'w'], ['y'])] }),
      'INVALID_SHAPE',
    ],
  ])('%s', (_, bytes, code) => {
    expect(reasonOf(bytes)).toBe(code);
  });
  it('without building anything: forty Concats of one known list, a hundred wide, take no time and memory', () => {
    const list = longs(
      'v0',
      Array.from({ length: 4000 }, (_, i) => i),
    );
    const chain = Array.from({ length: 40 }, (_, i) =>
      node('Concat', Array<string>(100).fill(`v${i}`), [`v${i + 1}`], [attributeInt('axis', 0)]),
    );
    expect(reasonOf(model({ initializer: [list], node: [...chain, RELU] }))).toBe('TOO_MUCH_MEMORY');
  });

  function treeWith(more: ReturnType<typeof attributeInt>[]): Node {
    const tree = treeNode();
    return {
      ...tree,
      attribute: [...Array.from(tree.attribute ?? []).filter((a) => !more.some((m) => m.name === a.name)), ...more],
    };
  }
  function addingUp(): Uint8Array {
    const wide = { name: 'w', dims: [2, 10_000], dataType: 1, rawData: new Uint8Array(80_000) };
    const steps = Array.from({ length: 12 }, (_, i) => node('MatMul', ['x', 'w'], [`v${i}`]));
    return model({ initializer: [wide], node: [...steps, RELU] });
  }
  function work(): Uint8Array {
    const square = { name: 'w', dims: [2000, 2000], dataType: 1, rawData: new Uint8Array(16_000_000) };
    const steps = Array.from({ length: 4 }, (_, i) =>
      node('MatMul', [i === 0 ? 'x' : `v${i}`, 'w'], [i === 3 ? 'y' : `v${i + 1}`]),
    );
    return model({
      initializer: [square],
      input: [value('x', 'FLOAT', ['N', 2000])],
      output: [value('y', 'FLOAT', ['N', 2000])],
      node: steps,
    });
  }
});
