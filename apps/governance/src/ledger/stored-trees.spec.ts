import type { ChainLink, StoredTree } from '@millrace/ledger';
import { storedTreesFor } from './stored-trees';

const treeAt = (partition: number, nextOffset: number): StoredTree => ({
  topic: 't',
  partition,
  nextOffset,
  frontier: Buffer.of(nextOffset),
});
const head = (...trees: StoredTree[]) => ({ trees }) as unknown as ChainLink;
const rotation = { newKeyId: 'k-2' } as unknown as ChainLink;
const chain = [head(treeAt(0, 2), treeAt(1, 7)), rotation, head(treeAt(0, 4)), head(treeAt(0, 6)), head(treeAt(0, 9))];
const never = new AbortController().signal;

/** Where partition 0 goes on from. */
async function resumed(from: number, to: number, partition = 0): Promise<number | undefined> {
  const range = { topic: 't', partition, from, to };
  return (await storedTreesFor([range], chain, never)).get(range)?.nextOffset;
}

describe('governance > ledger > storedTreesFor', () => {
  it.each([
    ['the first tree behind the trim', 3, 20, 4],
    ['the tree that ends at the trim', 4, 20, 4],
    ['the last one before a trim that took all that heads cover', 12, 20, 9],
    ['none that is younger than what is rebuilt', 5, 5, 4],
  ])('takes %s', async (_, from, to, nextOffset) => {
    expect(await resumed(from, to)).toBe(nextOffset);
  });

  it('knows partitions apart, and none for what no head names', async () => {
    expect([await resumed(3, 20, 1), await resumed(3, 20, 2)]).toEqual([7, undefined]);
  });

  it('ends when the rebuild is stopped', async () => {
    await expect(storedTreesFor([], chain, AbortSignal.abort())).rejects.toThrow();
  });
});
