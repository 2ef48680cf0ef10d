import type { FittedStep } from '../../features/feature-step';
import type { Tree } from '../../learners/model';
import { LearningError } from '../../learning-error';
import type { TrainedModel } from '../../training/trained-model';
import { log } from '../elementary';
import { profileInput } from '../profile-input';
import type { RunningScaler } from '../rows/running-scaler';
import { TIME_PARTS, type TreeFeatures } from './tree-features';
import type { TreeNodes } from './tree-nodes';

export interface TreeParts {
  readonly features: TreeFeatures;
  readonly nodes: TreeNodes;
  readonly examples: number;
  readonly scaler: RunningScaler;
}

/**
 * The learner as one tree of the batch family. "One category against the rest" becomes a column that is 1 for that category
 * and 0 for all others, split at 0.5.
 */
export function trainedTree(parts: TreeParts): TrainedModel {
  if (parts.examples === 0) {
    const message =
      'The learner has not learned from any example yet, so there is no model; wait for the first outcomes.';
    throw new LearningError('LEARNING_TOO_FEW_ROWS', message);
  }
  const { features, nodes, scaler } = parts;
  const { rows, vocabularies } = features;
  const steps = numberSteps(features);
  const columnOf = new Map<string, number>();
  const memberColumn = (category: number, code: number): number => {
    const input = rows.categories[category];
    const word = vocabularies[category].words[code];
    const name = `${input}=${word}`;
    const known = columnOf.get(`${category} ${code}`);
    if (known !== undefined) return known;
    columnOf.set(`${category} ${code}`, steps.length);
    return steps.push({ kind: 'target-encoding', name, input, categories: [word], values: [1], unseen: 0 }) - 1;
  };
  const tree = treeOf(nodes, features.values.length, memberColumn);
  // A graph needs a column to begin with, also while the tree is only its root.
  if (steps.length === 0) memberColumn(0, 0);
  return {
    task: 'BINARY_CLASSIFICATION',
    inputs: rows.inputs.map((input) => profileInput(input, rows, scaler, (category) => vocabularies[category])),
    steps,
    model: {
      kind: 'trees',
      task: 'BINARY_CLASSIFICATION',
      base: 0,
      features: steps.map(({ name }) => name),
      trees: [tree],
    },
  };
}

function numberSteps({ rows }: TreeFeatures): FittedStep[] {
  const numbers = rows.numbers.map((name): FittedStep => ({ kind: 'number', name, input: name }));
  const parts = rows.times.flatMap((input) =>
    TIME_PARTS.map((part): FittedStep => ({ kind: 'calendar', name: `${input}.${part}`, input, part, as: 'number' })),
  );
  return [...numbers, ...parts];
}

/** Nodes in pre-order, as `Tree` wants them. */
function treeOf(nodes: TreeNodes, values: number, memberColumn: (category: number, code: number) => number): Tree {
  const order: number[] = [];
  const walk = (node: number): void => {
    order.push(node);
    if (nodes.feature[node] < 0) return;
    walk(nodes.left[node]);
    walk(nodes.left[node] + 1);
  };
  walk(0);
  const position = new Map(order.map((node, at) => [node, at]));
  const isLeaf = (node: number) => nodes.feature[node] < 0;
  const column = (node: number) => {
    const feature = nodes.feature[node];
    return feature < values ? feature : memberColumn(feature - values, nodes.code[node]);
  };
  const logOdds = (probability: number) => log(probability / (1 - probability));
  return {
    feature: Int32Array.from(order, (node) => (isLeaf(node) ? -1 : column(node))),
    threshold: Float32Array.from(order, (node) => (nodes.feature[node] < values ? nodes.threshold[node] : 0.5)),
    missingLeft: Uint8Array.from(order, (node) => nodes.missingLeft[node]),
    left: Int32Array.from(order, (node) => (isLeaf(node) ? -1 : position.get(nodes.left[node])!)),
    right: Int32Array.from(order, (node) => (isLeaf(node) ? -1 : position.get(nodes.left[node] + 1)!)),
    value: Float32Array.from(order, (node) => (isLeaf(node) ? logOdds(nodes.probability(node)) : 0)),
  };
}
