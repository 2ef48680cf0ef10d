import { elementsOf, MAX_KNOWN_INTS } from '../value-facts';
import { withKnown } from './elementwise';
import type { NodeView, ShapeRule } from './node-view';

export const concat: ShapeRule = (node) => {
  const [first, ...rest] = node.shapes();
  if (!first) return node.refuse('INVALID_GRAPH', 'has no input');
  const axis = node.axis(node.int('axis', node.opset < 4 ? 1 : Number.NaN), first.length);
  let size = first[axis];
  for (const shape of rest) {
    const fits = shape.length === first.length && shape.every((own, at) => at === axis || own === first[at]);
    if (!fits) node.refuse('INVALID_SHAPE', `cannot join [${first}] and [${shape}]`);
    size += shape[axis];
  }
  const parts =
    first.length === 1 && size <= MAX_KNOWN_INTS ? node.shapes().map((_, input) => node.facts(input).ints) : [];
  const known = parts.length > 0 && parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  return [
    withKnown(
      first.map((own, at) => (at === axis ? size : own)),
      known as number[] | undefined,
    ),
  ];
};

export const gather: ShapeRule = (node) => {
  const from = node.shape(0);
  const indices = node.facts(1);
  const axis = node.axis(node.int('axis', 0), from.length);
  const shape = [...from.slice(0, axis), ...indices.shape, ...from.slice(axis + 1)];
  const { ints } = node.facts(0);
  const picked =
    from.length === 1 && ints ? indices.ints?.map((index) => ints[index < 0 ? index + ints.length : index]) : undefined;
  return [withKnown(shape, picked?.every((value) => value !== undefined) ? picked : undefined)];
};

export const gatherElements: ShapeRule = (node) => {
  if (node.shape(0).length !== node.shape(1).length) node.refuse('INVALID_SHAPE', 'needs data and indices of one rank');
  return [{ shape: node.shape(1) }];
};

/** Slice: attributes up to opset 9, inputs from 10 on. INT64_MAX as an end is cut to the dimension. */
export const slice: ShapeRule = (node) => {
  const from = node.shape(0);
  const fromInputs = node.opset >= 10;
  const list = (input: number, name: string) =>
    fromInputs ? (node.has(input) ? node.ints(input) : null) : node.hasAttribute(name) ? node.intList(name) : null;
  const starts = list(1, 'starts') ?? node.refuse('INVALID_ATTRIBUTE', 'has no starts');
  const ends = list(2, 'ends') ?? node.refuse('INVALID_ATTRIBUTE', 'has no ends');
  const axes = (list(3, 'axes') ?? starts.map((_, position) => position)).map((axis) => node.axis(axis, from.length));
  const steps = (fromInputs ? list(4, '') : null) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((other) => other.length !== starts.length))
    node.refuse('INVALID_ATTRIBUTE', 'has lists of unequal length');
  const shape = [...from];
  let known = node.facts(0).ints;
  axes.forEach((axis, position) => {
    const positions = slicePositions(node, from[axis], starts[position], ends[position], steps[position]);
    shape[axis] = positions.count;
    known =
      from.length === 1
        ? known &&
          Array.from({ length: positions.count }, (_, i) => (known as number[])[positions.start + i * steps[position]])
        : undefined;
  });
  return [withKnown(shape, known)];
};

function slicePositions(
  node: NodeView,
  size: number,
  start: number,
  end: number,
  step: number,
): { start: number; count: number } {
  if (step === 0) node.refuse('INVALID_ATTRIBUTE', 'has the step 0');
  const clamp = (value: number, low: number, high: number) =>
    Math.min(high, Math.max(low, value < 0 ? value + size : value));
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { start: first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/** Split: sizes from the attribute (up to 12), from input 1 (from 13 on), or equal parts. */
export const split: ShapeRule = (node) => {
  const from = node.shape(0);
  const axis = node.axis(node.int('axis', 0), from.length);
  const parts = node.outputCount;
  const even = Math.ceil(from[axis] / parts);
  const sizes = node.hasAttribute('split')
    ? node.intList('split')
    : node.has(1)
      ? node.ints(1)
      : Array.from({ length: parts }, (_, part) => Math.min(even, from[axis] - part * even));
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sizes.length !== parts || sum !== from[axis] || sizes.some((size) => size < 0)) {
    node.refuse('INVALID_SHAPE', `cannot cut ${from[axis]} into [${sizes}]`);
  }
  return sizes.map((size) => ({ shape: from.map((own, position) => (position === axis ? size : own)) }));
};

export const topK: ShapeRule = (node) => {
  const from = node.shape(0);
  const axis = node.axis(node.int('axis', -1), from.length);
  const k = node.opset >= 10 ? node.ints(1)[0] : node.int('k', Number.NaN);
  if (!(k >= 1 && k <= from[axis])) node.refuse('INVALID_SHAPE', `takes ${k} of ${from[axis]} values`);
  node.extraWork = elementsOf(from) * Math.ceil(Math.log2(from[axis] + 1));
  const shape = from.map((own, position) => (position === axis ? k : own));
  return Array.from({ length: node.outputCount }, () => ({ shape }));
};
