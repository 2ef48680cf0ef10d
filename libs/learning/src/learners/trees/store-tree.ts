import type { Tree } from '../model';

/** A tree as JSON. float32 values survive, because a double holds them and JSON prints a double so that it reads back equal. */
export interface StoredTree {
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly missingLeft: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly value: readonly number[];
}

export function storeTree(tree: Tree): StoredTree {
  return {
    feature: Array.from(tree.feature),
    threshold: Array.from(tree.threshold),
    missingLeft: Array.from(tree.missingLeft),
    left: Array.from(tree.left),
    right: Array.from(tree.right),
    value: Array.from(tree.value),
  };
}

export function treeFrom(stored: StoredTree): Tree {
  return {
    feature: Int32Array.from(stored.feature),
    threshold: Float32Array.from(stored.threshold),
    missingLeft: Uint8Array.from(stored.missingLeft),
    left: Int32Array.from(stored.left),
    right: Int32Array.from(stored.right),
    value: Float32Array.from(stored.value),
  };
}
