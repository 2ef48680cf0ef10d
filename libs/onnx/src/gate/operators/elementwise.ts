import { elementsOf, MAX_KNOWN_INTS, type ValueFacts } from '../value-facts';
import { broadcast, type NodeView, type ShapeRule } from './node-view';

/** Output 0 is shaped like input 0. */
export const sameShape: ShapeRule = (node) => [{ shape: node.shape(0) }];

/** Cast and Identity also keep a known content. */
export const passThrough: ShapeRule = (node) => [node.facts(0)];

/** Every output is shaped like input 0 (Dropout: data and mask). */
export const everyOutputSame: ShapeRule = (node) =>
  Array.from({ length: node.outputCount }, () => ({ shape: node.shape(0) }));

export const broadcasting: ShapeRule = (node) => [{ shape: broadcast(node, node.shapes()) }];

/** Arithmetic on two values, carried through where both are known: exporters compute shapes with it. */
export function arithmetic(operation: (a: number, b: number) => number): ShapeRule {
  return (node) => {
    const shape = broadcast(node, node.shapes());
    return [withKnown(shape, combine(node, shape, operation))];
  };
}

function combine(
  node: NodeView,
  shape: readonly number[],
  operation: (a: number, b: number) => number,
): readonly number[] | undefined {
  const [a, b] = [node.facts(0), node.facts(1)];
  const size = elementsOf(shape);
  if (!a.ints || !b.ints || shape.length > 1 || size > MAX_KNOWN_INTS) return undefined;
  const at = (ints: readonly number[], i: number) => ints[ints.length === 1 ? 0 : i];
  const { ints: left } = a;
  const { ints: right } = b;
  const values = Array.from({ length: size }, (_, i) => operation(at(left, i), at(right, i)));
  return values.every(Number.isSafeInteger) ? values : undefined;
}

export const withKnown = (shape: readonly number[], ints: readonly number[] | undefined): ValueFacts =>
  ints ? { shape, ints } : { shape };
