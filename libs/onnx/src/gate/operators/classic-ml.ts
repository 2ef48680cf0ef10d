import { elementsOf } from '../value-facts';
import type { NodeView, ShapeRule } from './node-view';
import { classCount, featureMatrix } from './tree-ensemble';

/** LabelEncoder: keys and values pair up. */
export const labelEncoder: ShapeRule = (node) => {
  const count = (prefix: string) => {
    const names = ['strings', 'int64s', 'floats'].map((type) => `${prefix}_${type}`);
    return node.textList(names[0]).length + node.intList(names[1]).length + node.floatList(names[2]).length;
  };
  if (node.opset < 2) return [{ shape: node.shape(0) }];
  if (count('keys') !== count('values') || count('keys') === 0) {
    node.refuse('INVALID_ATTRIBUTE', `has ${count('keys')} keys and ${count('values')} values`);
  }
  return [{ shape: node.shape(0) }];
};

/** Per-feature lists have one value for all features or one for each. */
function perFeature(node: NodeView, names: readonly string[]): void {
  const { width } = featureMatrix(node);
  for (const name of names) {
    const length = node.floatList(name).length + node.intList(name).length;
    if (length > 1 && length !== width)
      node.refuse('INVALID_ATTRIBUTE', `has ${length} values in ${name} for ${width} features`);
  }
}

export const scaler: ShapeRule = (node) => {
  perFeature(node, ['offset', 'scale']);
  return [{ shape: node.shape(0) }];
};

export const imputer: ShapeRule = (node) => {
  perFeature(node, ['imputed_value_floats', 'imputed_value_int64s']);
  return [{ shape: node.shape(0) }];
};

export const oneHotEncoder: ShapeRule = (node) => [
  { shape: [...node.shape(0), classCount(node, 'cats_strings', 'cats_int64s')] },
];

export const arrayFeatureExtractor: ShapeRule = (node) => {
  const from = node.shape(0);
  const wanted = elementsOf(node.shape(1));
  if (from.length === 0) node.refuse('INVALID_SHAPE', 'needs features of shape [N, k]');
  return [{ shape: from.length === 1 ? [1, wanted] : [...from.slice(0, -1), wanted] }];
};

export const featureVectorizer: ShapeRule = (node) => {
  const widths = node
    .shapes()
    .map((shape) => (shape.length === 2 ? shape[1] : node.refuse('INVALID_SHAPE', 'joins features of shape [N, k]')));
  const declared = node.intList('inputdimensions');
  if (declared.some((size, input) => size !== widths[input]) || declared.length !== widths.length) {
    node.refuse('INVALID_ATTRIBUTE', 'declares other widths than its inputs have');
  }
  return [{ shape: [node.shape(0)[0], widths.reduce((sum, size) => sum + size, 0)] }];
};

/** Coefficients are a matrix [outputs, features], row after row. */
function checkCoefficients(node: NodeView, outputs: number): number {
  const { rows, width } = featureMatrix(node);
  const coefficients = node.floatList('coefficients').length;
  const intercepts = node.floatList('intercepts').length;
  if (coefficients !== outputs * width)
    node.refuse('INVALID_ATTRIBUTE', `has ${coefficients} coefficients for ${outputs} x ${width}`);
  if (intercepts !== 0 && intercepts !== outputs)
    node.refuse('INVALID_ATTRIBUTE', `has ${intercepts} intercepts for ${outputs} outputs`);
  node.extraWork = rows * outputs * width;
  return rows;
}

export const linearRegressor: ShapeRule = (node) => {
  const targets = node.int('targets', 1);
  if (targets < 1) node.refuse('INVALID_ATTRIBUTE', `has ${targets} targets`);
  return [{ shape: [checkCoefficients(node, targets), targets] }];
};

/** With two classes one row of coefficients is allowed: the scores still have two columns. */
export const linearClassifier: ShapeRule = (node) => {
  const classes = classCount(node, 'classlabels_strings', 'classlabels_ints');
  const { width } = featureMatrix(node);
  const single = classes === 2 && node.floatList('coefficients').length === width;
  const rows = checkCoefficients(node, single ? 1 : classes);
  return [{ shape: [rows] }, { shape: [rows, classes] }];
};
