import {
  attributeFloats,
  attributeInts,
  attributeTexts,
  model,
  type Node,
  node,
  reasonOf,
  treeModel,
  value,
} from '../testing/sample-models';

const nodes = (...list: Node[]) => model({ node: list });

describe('onnx > gateModel > refuses trees and tables that lead outside', () => {
  const ml = (operator: string, ...attributes: Node['attribute'][]) =>
    nodes(
      node(
        operator,
        ['x'],
        ['y'],
        attributes.flatMap((a) => Array.from(a ?? [])),
        'ai.onnx.ml',
      ),
    );
  it.each<[string, Uint8Array, string]>([
    ['a node that is its own child', treeModel({ trueChildren: [0, 0, 3, 0, 0] }), 'INVALID_TREE'],
    [
      'a circle of two nodes',
      treeModel({ modes: ['BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'], falseChildren: [2, 0, 0, 0, 0] }),
      'INVALID_TREE',
    ],
    ['a child that does not exist', treeModel({ trueChildren: [77, 0, 3, 0, 0] }), 'INVALID_TREE'],
    ['a feature beyond the input', treeModel({ features: [0, 0, 2, 0, 0] }), 'INVALID_TREE'],
    ['a negative feature', treeModel({ features: [-1, 0, 1, 0, 0] }), 'INVALID_TREE'],
    ['an unknown mode', treeModel({ modes: ['BRANCH_MAYBE', 'LEAF', 'LEAF', 'LEAF', 'LEAF'] }), 'INVALID_TREE'],
    ['a list that is too short', treeModel({ features: [0, 0, 1] }), 'INVALID_TREE'],
    ['a value for an inner node', treeModel({ leafIds: [0, 3, 4] }), 'INVALID_TREE'],
    ['a target that does not exist', treeModel({ targetIds: [0, 0, 1] }), 'INVALID_TREE'],
    [
      'missing-value flags for some nodes only',
      treeModel({ more: [attributeInts('nodes_missing_value_tracks_true', [1])] }),
      'INVALID_TREE',
    ],
    [
      'keys without values',
      ml('LabelEncoder', [attributeTexts('keys_strings', ['a', 'b']), attributeInts('values_int64s', [1])]),
      'INVALID_ATTRIBUTE',
    ],
    [
      'coefficients of another width',
      ml('LinearRegressor', [attributeFloats('coefficients', [1, 2, 3])]),
      'INVALID_ATTRIBUTE',
    ],
    [
      'a scale per feature too few',
      ml('Scaler', [attributeFloats('scale', [1, 2, 3]), attributeFloats('offset', [1, 2])]),
      'INVALID_ATTRIBUTE',
    ],
    [
      'imputed values for other features',
      ml('Imputer', [attributeFloats('imputed_value_floats', [1, 2, 3])]),
      'INVALID_ATTRIBUTE',
    ],
    [
      'a classifier without classes',
      ml('LinearClassifier', [attributeFloats('coefficients', [1, 2])]),
      'INVALID_ATTRIBUTE',
    ],
  ])('%s', (_, bytes, code) => {
    expect(reasonOf(bytes)).toBe(code);
  });
  it('a tree that is deeper than any that is grown', () => {
    const depth = 300;
    const ids = Array.from({ length: 2 * depth + 1 }, (_, id) => id);
    const inner = (id: number) => id < depth;
    const deep = node(
      'TreeEnsembleRegressor',
      ['x'],
      ['y'],
      [
        attributeInts(
          'nodes_treeids',
          ids.map(() => 0),
        ),
        attributeInts('nodes_nodeids', ids),
        attributeInts(
          'nodes_featureids',
          ids.map(() => 0),
        ),
        attributeTexts(
          'nodes_modes',
          ids.map((id) => (inner(id) ? 'BRANCH_LEQ' : 'LEAF')),
        ),
        attributeFloats(
          'nodes_values',
          ids.map(() => 0),
        ),
        attributeInts(
          'nodes_truenodeids',
          ids.map((id) => (inner(id) ? id + 1 : 0)),
        ),
        attributeInts(
          'nodes_falsenodeids',
          ids.map((id) => (inner(id) ? depth + id + 1 : 0)),
        ),
        attributeInts('target_treeids', [0]),
        attributeInts('target_nodeids', [2 * depth]),
        attributeInts('target_ids', [0]),
        attributeFloats('target_weights', [1]),
      ],
      'ai.onnx.ml',
    );
    expect(reasonOf(model({ node: [deep], output: [value('y', 'FLOAT', ['N', 1])] }))).toBe('INVALID_TREE');
  });
});
