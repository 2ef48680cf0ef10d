import { elementsOf } from '../value-facts';
import { withKnown } from './elementwise';
import type { NodeView, ShapeRule } from './node-view';

/** Reshape: 0 copies the dimension, one -1 takes what is left. */
export const reshape: ShapeRule = (node) => {
  const from = node.shape(0);
  const wanted = node.ints(1).map((size, position) => {
    if (size !== 0 || node.int('allowzero', 0) === 1) return size;
    return from[position] ?? node.refuse('INVALID_SHAPE', `copies a dimension ${position} that its input lacks`);
  });
  const rest = elementsOf(wanted.filter((size) => size !== -1));
  const elements = elementsOf(from);
  const shape = wanted.map((size) => (size === -1 ? elements / rest : size));
  const fits = wanted.filter((size) => size === -1).length <= 1 && wanted.every((size) => size >= -1);
  if (!fits || !shape.every(Number.isInteger) || elementsOf(shape) !== elements) {
    node.refuse('INVALID_SHAPE', `cannot make [${wanted}] of [${from}]`);
  }
  return [withKnown(shape, node.facts(0).ints)];
};

export const flatten: ShapeRule = (node) => {
  const from = node.shape(0);
  const axis = node.int('axis', 1);
  const cut = axis === from.length ? axis : node.axis(axis, from.length);
  return [{ shape: [elementsOf(from.slice(0, cut)), elementsOf(from.slice(cut))] }];
};

export const transpose: ShapeRule = (node) => {
  const from = node.shape(0);
  const order = node.hasAttribute('perm')
    ? node.intList('perm')
    : from.map((_, position) => from.length - 1 - position);
  if (order.length !== from.length || new Set(order).size !== from.length) {
    node.refuse('INVALID_ATTRIBUTE', 'has a perm that is no permutation');
  }
  return [{ shape: order.map((axis) => from[node.axis(axis, from.length)]) }];
};

/** Axes stand in an attribute up to opset 12 and in input 1 from 13 on. */
function axesOf(node: NodeView): readonly number[] | null {
  if (node.hasAttribute('axes')) return node.intList('axes');
  return node.has(1) ? node.ints(1) : null;
}

export const squeeze: ShapeRule = (node) => {
  const from = node.shape(0);
  const axes = axesOf(node)?.map((axis) => node.axis(axis, from.length));
  const goes = (size: number, position: number) => (axes ? axes.includes(position) : size === 1);
  if (axes?.some((axis) => from[axis] !== 1))
    node.refuse('INVALID_SHAPE', `squeezes an axis of [${from}] that is not 1`);
  return [
    withKnown(
      from.filter((size, position) => !goes(size, position)),
      node.facts(0).ints,
    ),
  ];
};

export const unsqueeze: ShapeRule = (node) => {
  const from = node.shape(0);
  const axes = axesOf(node) ?? node.refuse('INVALID_ATTRIBUTE', 'names no axes');
  const rank = from.length + axes.length;
  if (rank > node.limits.rank) node.refuse('INVALID_SHAPE', `has rank ${rank}`);
  const fresh = new Set(axes.map((axis) => node.axis(axis, rank)));
  if (fresh.size !== axes.length) node.refuse('INVALID_ATTRIBUTE', 'names an axis twice');
  const rest = [...from];
  const shape = Array.from({ length: rank }, (_, position) => (fresh.has(position) ? 1 : (rest.shift() as number)));
  return [withKnown(shape, node.facts(0).ints)];
};
