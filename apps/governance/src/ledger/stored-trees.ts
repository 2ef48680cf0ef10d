import type { ChainLink, StoredTree } from '@millrace/ledger';
import type { OffsetRange } from '@millrace/messaging';

/**
 * For each trimmed range the tree to go on from: the first that was stored at or behind its beginning, because from there on all
 * leaves are kept; where none was, the last one before it, which is right when the trim took nothing that no head covers.
 * None that reaches beyond the range: it is younger than what is rebuilt.
 */
export async function storedTreesFor(
  ranges: readonly OffsetRange[],
  chain: AsyncIterable<ChainLink> | Iterable<ChainLink>,
  signal: AbortSignal,
): Promise<Map<OffsetRange, StoredTree>> {
  const found = new Map<OffsetRange, StoredTree>();
  const wanted = new Map(ranges.map((range) => [`${range.topic}/${range.partition}`, range]));
  for await (const link of chain) {
    signal.throwIfAborted();
    if ('newKeyId' in link) continue;
    for (const tree of link.trees ?? []) {
      const range = wanted.get(`${tree.topic}/${tree.partition}`);
      if (range === undefined || tree.nextOffset > range.to) continue;
      if ((found.get(range)?.nextOffset ?? -1) < range.from) found.set(range, tree);
    }
  }
  return found;
}
