import { elementsOf } from '../value-facts';
import { broadcast, type ShapeRule } from './node-view';

/** Numpy's matmul: a vector on either side gains a dimension that the result loses again. */
export const matMul: ShapeRule = (node) => {
  const [a, b] = [node.shape(0), node.shape(1)];
  if (a.length === 0 || b.length === 0) node.refuse('INVALID_SHAPE', 'multiplies a scalar');
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const inner = left[left.length - 1];
  if (inner !== right[right.length - 2]) node.refuse('INVALID_SHAPE', `cannot multiply [${a}] by [${b}]`);
  const batch = broadcast(node, [left.slice(0, -2), right.slice(0, -2)]);
  const rows = a.length === 1 ? [] : [left[left.length - 2]];
  const columns = b.length === 1 ? [] : [right[right.length - 1]];
  const shape = [...batch, ...rows, ...columns];
  node.extraWork = elementsOf(shape) * inner;
  return [{ shape }];
};

export const gemm: ShapeRule = (node) => {
  const [a, b] = [node.shape(0), node.shape(1)];
  if (a.length !== 2 || b.length !== 2) node.refuse('INVALID_SHAPE', `cannot multiply [${a}] by [${b}]`);
  const [rows, inner] = node.int('transA', 0) ? [a[1], a[0]] : a;
  const [other, columns] = node.int('transB', 0) ? [b[1], b[0]] : b;
  if (inner !== other) node.refuse('INVALID_SHAPE', `cannot multiply ${inner} columns by ${other} rows`);
  const shape = [rows, columns];
  if (node.has(2) && elementsOf(broadcast(node, [shape, node.shape(2)])) !== rows * columns) {
    node.refuse('INVALID_SHAPE', `adds [${node.shape(2)}] to [${shape}]`);
  }
  node.extraWork = rows * columns * inner;
  return [{ shape }];
};
