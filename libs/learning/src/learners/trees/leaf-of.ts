import type { Tree } from '../model';

/** The leaf in which a row ends; `columns[f]` holds feature f. */
export function leafOf(tree: Tree, columns: readonly Float32Array[], row: number): number {
  const { feature, threshold, missingLeft, left, right } = tree;
  let node = 0;
  for (let f = feature[0]; f >= 0; f = feature[node]) {
    const value = columns[f][row];
    node = value <= threshold[node] || (missingLeft[node] === 1 && Number.isNaN(value)) ? left[node] : right[node];
  }
  return node;
}
