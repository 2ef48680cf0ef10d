import type { GraphProto, NodeProto } from '../proto/onnx-messages';
import { domainOf, type Opsets } from './check-model';
import type { GateLimits } from './limits';
import { ALLOWED_OPERATORS } from './operators/allowed-operators';
import { NodeView, type ShapeRule } from './operators/node-view';
import { readTensor } from './read-tensor';
import type { TensorSpec } from './tensor-spec';
import { elementsOf, type ValueFacts } from './value-facts';
import { refuse } from './verdict';

/** Facts of every constant; they do not depend on the batch. */
export function readConstants(graph: GraphProto, limits: GateLimits): ReadonlyMap<string, ValueFacts> {
  return new Map(graph.initializer.map((tensor) => [tensor.name ?? '', readTensor(tensor, limits)]));
}

/**
 * Walks the graph once for a batch of `rows` rows: shape of every value, memory of all of them together, operations. Refuses at
 * the first node that goes over a bound, so a graph that asks for much is never followed further.
 */
export function inferShapes(
  graph: GraphProto,
  opsets: Opsets,
  inputs: readonly TensorSpec[],
  constants: ReadonlyMap<string, ValueFacts>,
  rows: number,
  limits: GateLimits,
): ReadonlyMap<string, ValueFacts> {
  const values = new Map(constants);
  for (const { name, rank, width } of inputs) values.set(name, { shape: rank === 1 ? [rows] : [rows, width] });
  let elements = 0;
  let work = 0;
  for (const node of graph.node) {
    const view = viewOf(node, values, opsets, limits);
    const results = ruleOf(node)(view);
    node.output.forEach((name, position) => {
      const facts = results[position];
      if (!facts) {
        if (name !== '') view.refuse('INVALID_GRAPH', `has more outputs than its operator gives`);
        return;
      }
      elements += checkedElements(view, facts.shape, limits);
      values.set(name, facts);
    });
    work += view.extraWork;
    if (elements > limits.totalElements) {
      refuse(
        'TOO_MUCH_MEMORY',
        `A batch of ${rows} rows makes more than ${limits.totalElements} values before it is done.`,
      );
    }
    if (work + elements > limits.work) {
      refuse('TOO_MUCH_WORK', `A batch of ${rows} rows takes more than ${limits.work} operations.`);
    }
  }
  return values;
}

function ruleOf(node: NodeProto): ShapeRule {
  const rule = ALLOWED_OPERATORS.get(domainOf(node.domain))?.get(node.opType ?? '');
  return rule ?? refuse('OPERATOR_NOT_ALLOWED', `The operator ${node.opType} is not allowed.`);
}

function viewOf(
  node: NodeProto,
  values: ReadonlyMap<string, ValueFacts>,
  opsets: Opsets,
  limits: GateLimits,
): NodeView {
  const inputs = node.input.map((name) => (name === '' ? null : (values.get(name) ?? null)));
  return new NodeView(node, inputs, opsets.get(domainOf(node.domain)) ?? 0, limits);
}

function checkedElements(node: NodeView, shape: readonly number[], limits: GateLimits): number {
  if (shape.length > limits.rank) node.refuse('INVALID_SHAPE', `gives ${shape.length} dimensions`);
  const elements = elementsOf(shape);
  if (!Number.isFinite(elements) || elements > limits.valueElements) {
    node.refuse('TOO_MUCH_MEMORY', `gives [${shape.slice(0, 16)}], more than ${limits.valueElements} values`);
  }
  if (elements === 0) node.refuse('ZERO_DIMENSION', `gives [${shape}], which holds nothing`);
  return elements;
}
