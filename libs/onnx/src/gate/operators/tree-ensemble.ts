import type { NodeView, ShapeRule } from './node-view';

const NODE_LISTS = ['nodes_nodeids', 'nodes_featureids', 'nodes_truenodeids', 'nodes_falsenodeids'] as const;
const MODES = new Set(['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ', 'LEAF']);
const MAX_DEPTH = 256;

/**
 * TreeEnsembleRegressor and -Classifier. ONNX Runtime walks the lists without asking much, so they are checked here: equal
 * lengths, known modes, children that exist, no node that is its own descendant (a walk that never ends), features and targets
 * that exist (reads and writes outside an array).
 */
export const treeEnsembleRegressor: ShapeRule = (node) => {
  const targets = node.int('n_targets', 1);
  const rows = checkTrees(node, 'target', targets);
  return [{ shape: [rows, targets] }];
};

export const treeEnsembleClassifier: ShapeRule = (node) => {
  const classes = classCount(node, 'classlabels_strings', 'classlabels_int64s');
  const rows = checkTrees(node, 'class', classes);
  return [{ shape: [rows] }, { shape: [rows, classes] }];
};

export function classCount(node: NodeView, texts: string, ints: string): number {
  const classes = node.textList(texts).length + node.intList(ints).length;
  return classes > 0 ? classes : node.refuse('INVALID_ATTRIBUTE', 'names no classes');
}

/** Gives the number of rows. */
function checkTrees(node: NodeView, leaves: 'target' | 'class', targets: number): number {
  const { rows, width } = featureMatrix(node);
  const trees = node.intList('nodes_treeids');
  const bad = (why: string): never => node.refuse('INVALID_TREE', why);
  if (trees.length === 0) bad('has no nodes');
  if (targets < 1) bad(`has ${targets} targets`);
  const [ids, features, trueChildren, falseChildren] = NODE_LISTS.map((name) => node.intList(name));
  const modes = node.textList('nodes_modes');
  for (const list of [ids, features, trueChildren, falseChildren, modes, node.floatList('nodes_values')]) {
    if (list.length !== trees.length) bad(`describes ${trees.length} nodes in one list and ${list.length} in another`);
  }
  for (const name of ['nodes_missing_value_tracks_true', 'nodes_hitrates']) {
    const length = node.intList(name).length + node.floatList(name).length;
    if (length !== 0 && length !== trees.length) bad(`has ${length} values in ${name} for ${trees.length} nodes`);
  }
  const position = new Map(ids.map((id, at) => [`${trees[at]}/${id}`, at]));
  if (position.size !== ids.length) bad('has two nodes of one tree and id');
  const childOf = (at: number, id: number) =>
    position.get(`${trees[at]}/${id}`) ?? bad(`has a node whose child ${id} does not exist`);
  const children = modes.map((mode, at) => {
    if (!MODES.has(mode)) bad('has a node of an unknown mode');
    if (mode === 'LEAF') return null;
    if (features[at] < 0 || features[at] >= width) bad(`asks for feature ${features[at]} of ${width}`);
    return [childOf(at, trueChildren[at]), childOf(at, falseChildren[at])] as const;
  });
  checkLeaves(node, leaves, targets, position, modes);
  const depth = deepest(children, bad);
  node.extraWork = rows * new Set(trees).size * depth;
  return rows;
}

function checkLeaves(
  node: NodeView,
  leaves: 'target' | 'class',
  targets: number,
  position: ReadonlyMap<string, number>,
  modes: readonly string[],
): void {
  const bad = (why: string): never => node.refuse('INVALID_TREE', why);
  const trees = node.intList(`${leaves}_treeids`);
  const ids = node.intList(`${leaves}_nodeids`);
  const numbers = node.intList(`${leaves}_ids`);
  const weights = node.floatList(`${leaves}_weights`);
  if (trees.length === 0) bad('has no leaf values');
  for (const list of [ids, numbers, weights]) if (list.length !== trees.length) bad('has leaf lists of unequal length');
  for (let at = 0; at < trees.length; at++) {
    const leaf = position.get(`${trees[at]}/${ids[at]}`);
    if (leaf === undefined || modes[leaf] !== 'LEAF') bad(`gives a value to node ${ids[at]}, which is no leaf`);
    if (numbers[at] < 0 || numbers[at] >= targets) bad(`writes to target ${numbers[at]} of ${targets}`);
  }
}

/** Longest way from any node down; refuses a way that returns to itself. Visits each node once. */
function deepest(children: readonly (readonly [number, number] | null)[], bad: (why: string) => never): number {
  const height = new Int32Array(children.length);
  const state = new Uint8Array(children.length);
  const [OPEN, DONE] = [1, 2];
  let most = 0;
  for (let root = 0; root < children.length; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const at = stack[stack.length - 1];
      const pair = children[at];
      if (state[at] === 0) {
        state[at] = OPEN;
        for (const child of pair ?? []) {
          if (state[child] === OPEN) bad('has a node that is its own descendant');
          if (state[child] === 0) stack.push(child);
        }
      } else {
        stack.pop();
        if (state[at] === DONE) continue;
        state[at] = DONE;
        height[at] = pair ? 1 + Math.max(height[pair[0]], height[pair[1]]) : 0;
        most = Math.max(most, height[at]);
      }
    }
  }
  return most <= MAX_DEPTH ? most : bad(`is ${most} levels deep; ${MAX_DEPTH} are allowed`);
}

/** Features as [N, k]; a vector is one row. */
export function featureMatrix(node: NodeView): { rows: number; width: number } {
  const shape = node.shape(0);
  if (shape.length === 1) return { rows: 1, width: shape[0] };
  if (shape.length !== 2) node.refuse('INVALID_SHAPE', `needs features of shape [N, k], not [${shape}]`);
  return { rows: shape[0], width: shape[1] };
}
