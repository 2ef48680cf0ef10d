import { elementsOf } from '../value-facts';
import type { ShapeRule } from './node-view';

/** Reduce*: axes in an attribute or, in newer opsets, in input 1; none means all. */
export const reduce: ShapeRule = (node) => {
  const from = node.shape(0);
  const axes = node.hasAttribute('axes') ? node.intList('axes') : node.has(1) ? node.ints(1) : [];
  node.extraWork = elementsOf(from);
  if (axes.length === 0 && node.int('noop_with_empty_axes', 0) === 1) return [{ shape: from }];
  const reduced = new Set(
    axes.length > 0 ? axes.map((axis) => node.axis(axis, from.length)) : from.map((_, axis) => axis),
  );
  if (node.int('keepdims', 1) === 1) return [{ shape: from.map((own, axis) => (reduced.has(axis) ? 1 : own)) }];
  return [{ shape: from.filter((_, axis) => !reduced.has(axis)) }];
};

export const argReduce: ShapeRule = (node) => {
  const from = node.shape(0);
  const axis = node.axis(node.int('axis', 0), from.length);
  node.extraWork = elementsOf(from);
  if (node.int('keepdims', 1) === 1) return [{ shape: from.map((own, at) => (at === axis ? 1 : own)) }];
  return [{ shape: from.filter((_, at) => at !== axis) }];
};

export const layerNormalization: ShapeRule = (node) => {
  const from = node.shape(0);
  const axis = node.axis(node.int('axis', -1), from.length);
  const statistics = from.map((own, at) => (at >= axis ? 1 : own));
  return [from, statistics, statistics].slice(0, node.outputCount).map((shape) => ({ shape }));
};
