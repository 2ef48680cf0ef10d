import type { TreesModel } from '@millrace/learning';
import type { GraphBuilder } from './graph-builder';

/**
 * The float32 [N, 1] sum of the trees as one TreeEnsembleRegressor (https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html).
 * A node goes left when feature <= threshold, or when the feature is NaN and missing values track "true".
 * (The classifier of the same family gives a label and two columns of probabilities, which would have to be cut apart.)
 */
export function treeNodes(graph: GraphBuilder, features: string, model: TreesModel): string {
  const trees = model.trees.map((tree, id) => ({ tree, id: BigInt(id) }));
  const nodes = trees.flatMap(({ tree, id }) =>
    Array.from(tree.feature, (feature, node) => ({ tree, id, node, feature })),
  );
  const leaves = nodes.filter(({ feature }) => feature < 0);
  const ints = <T>(items: readonly T[], value: (item: T) => bigint | number) =>
    BigInt64Array.from(items, (item) => BigInt(value(item)));
  const floats = <T>(items: readonly T[], value: (item: T) => number) => Float32Array.from(items, value);
  const attributes = {
    n_targets: 1n,
    aggregate_function: 'SUM',
    post_transform: 'NONE',
    base_values: Float32Array.of(model.base),
    nodes_treeids: ints(nodes, ({ id }) => id),
    nodes_nodeids: ints(nodes, ({ node }) => node),
    nodes_featureids: ints(nodes, ({ feature }) => Math.max(0, feature)),
    nodes_modes: nodes.map(({ feature }) => (feature < 0 ? 'LEAF' : 'BRANCH_LEQ')),
    nodes_values: floats(nodes, ({ tree, node }) => tree.threshold[node]),
    nodes_truenodeids: ints(nodes, ({ tree, node }) => Math.max(0, tree.left[node])),
    nodes_falsenodeids: ints(nodes, ({ tree, node }) => Math.max(0, tree.right[node])),
    nodes_missing_value_tracks_true: ints(nodes, ({ tree, node }) => tree.missingLeft[node]),
    target_treeids: ints(leaves, ({ id }) => id),
    target_nodeids: ints(leaves, ({ node }) => node),
    target_ids: ints(leaves, () => 0),
    target_weights: floats(leaves, ({ tree, node }) => tree.value[node]),
  };
  return graph.add('TreeEnsembleRegressor', [features], 'trees', attributes, 'ai.onnx.ml');
}
