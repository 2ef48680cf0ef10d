import type { FittedStep, LinearModel } from '@millrace/learning';
import { denseNodes, isDense, weightNodes } from './feature-nodes';
import type { GraphBuilder } from './graph-builder';

/** The float32 [N, 1] sum of intercept, weighted numbers (Gemm) and the weight of each one-hot block. */
export function linearNodes(graph: GraphBuilder, steps: readonly FittedStep[], model: LinearModel): string {
  const dense = steps.filter(isDense).map((step) => denseNodes(graph, step));
  const blocks = steps.filter((step) => !isDense(step));
  const terms = blocks.map((step, position) => weightNodes(graph, step, model.indexed[position]));
  const intercept = graph.floats([model.intercept], [1], 'intercept');
  if (dense.length > 0) {
    const features = graph.add('Concat', dense, 'features', { axis: 1n });
    const weights = graph.floats(model.dense, [dense.length, 1], 'weights');
    terms.push(graph.add('Gemm', [features, weights, intercept], 'weighted'));
  } else terms.push(intercept);
  return graph.add('Sum', terms, 'sum');
}
