import { knownInts, readTensor } from '../read-tensor';
import { elementsOf, MAX_KNOWN_INTS, type ValueFacts } from '../value-facts';
import { withKnown } from './elementwise';
import { broadcast, type NodeView, type ShapeRule } from './node-view';

/** Constant: exactly one of its value attributes. */
export const constant: ShapeRule = (node) => {
  const tensor = node.tensor('value');
  if (tensor) return [readTensor(tensor, node.limits)];
  if (node.hasAttribute('value_int')) return [{ shape: [], ints: [node.int('value_int', 0)] }];
  if (node.hasAttribute('value_float') || node.hasAttribute('value_string')) return [{ shape: [] }];
  if (node.hasAttribute('value_ints')) {
    const ints = node.intList('value_ints');
    return [withKnown([ints.length], knownInts(ints))];
  }
  if (node.hasAttribute('value_floats')) return [{ shape: [node.floatList('value_floats').length] }];
  if (node.hasAttribute('value_strings')) return [{ shape: [node.textList('value_strings').length] }];
  return node.refuse('INVALID_ATTRIBUTE', 'has no value');
};

/** A shape that is asked for as content: each size must be a dimension, and the product must fit before anything is built. */
function wantedShape(node: NodeView, input: number): readonly number[] {
  const shape = node.ints(input);
  if (shape.some((size) => size < 0) || shape.length > node.limits.rank) {
    node.refuse('INVALID_SHAPE', `asks for the shape [${shape.slice(0, 16)}]`);
  }
  return shape;
}

export const constantOfShape: ShapeRule = (node) => {
  const shape = wantedShape(node, 0);
  const value = node.tensor('value');
  const filling: ValueFacts = value ? readTensor(value, node.limits) : { shape: [1] };
  const size = elementsOf(shape);
  const known = filling.ints?.length === 1 && shape.length <= 1 && size <= MAX_KNOWN_INTS;
  return [withKnown(shape, known ? Array<number>(size).fill(filling.ints?.[0] ?? 0) : undefined)];
};

export const expand: ShapeRule = (node) => [{ shape: broadcast(node, [node.shape(0), wantedShape(node, 1)]) }];

export const tile: ShapeRule = (node) => {
  const from = node.shape(0);
  const repeats = wantedShape(node, 1);
  if (repeats.length !== from.length) node.refuse('INVALID_SHAPE', 'needs one repeat per dimension');
  return [{ shape: from.map((size, position) => size * repeats[position]) }];
};

export const range: ShapeRule = (node) => {
  const [start, limit, step] = [0, 1, 2].map((input) => node.ints(input)[0] ?? 0);
  if (step === 0) node.refuse('INVALID_SHAPE', 'has the step 0');
  const size = Math.max(0, Math.ceil((limit - start) / step));
  const known = size <= MAX_KNOWN_INTS ? Array.from({ length: size }, (_, i) => start + i * step) : undefined;
  return [withKnown([size], known)];
};

export const shapeOf: ShapeRule = (node) => {
  const from = node.shape(0);
  const bound = (value: number) => Math.min(from.length, Math.max(0, value < 0 ? value + from.length : value));
  const part = from.slice(bound(node.int('start', 0)), bound(node.int('end', from.length)));
  return [{ shape: [part.length], ints: part }];
};

export const sizeOf: ShapeRule = (node) => [{ shape: [], ints: [elementsOf(node.shape(0))] }];

/** One-hot: `depth` (input 1) columns at `axis`. */
export const oneHot: ShapeRule = (node) => {
  const from = node.shape(0);
  const depth = node.ints(1)[0] ?? 0;
  if (depth < 1) node.refuse('INVALID_SHAPE', `has the depth ${depth}`);
  const axis = node.axis(node.int('axis', -1), from.length + 1);
  return [{ shape: [...from.slice(0, axis), depth, ...from.slice(axis)] }];
};
