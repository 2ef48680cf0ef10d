import type { LeafStatistics } from './leaf-statistics';
import type { TreeNodes } from './tree-nodes';

/**
 * Which leaves may keep statistics (Domingos and Hulten 2000, section 3): the `limit` with most to gain, that is with most
 * examples of their rarer label; of equals the older. The others only count labels. A leaf that becomes promising again begins
 * its statistics anew.
 */
export function keepPromisingLeaves(
  nodes: TreeNodes,
  leaves: (LeafStatistics | null)[],
  limit: number,
  begin: () => LeafStatistics,
): void {
  const promise = (node: number) => Math.min(nodes.labels[2 * node], nodes.labels[2 * node + 1]);
  const ranked = Array.from({ length: nodes.count }, (_, node) => node)
    .filter((node) => nodes.feature[node] < 0)
    .sort((a, b) => promise(b) - promise(a) || a - b);
  ranked.forEach((node, rank) => {
    leaves[node] = rank < limit ? (leaves[node] ?? begin()) : null;
  });
}
