import { ledgerError } from '../ledger-error';
import { MerkleFrontier } from '../merkle/frontier';
import { inHeadOrder, type PartitionHead } from './tree-head';

/** Where one partition's tree stands: what a ledger stores beside each head, so that it and a verifier can go on from there. */
export interface StoredTree {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  /** `MerkleFrontier.toBytes()`. */
  readonly frontier: Buffer;
}

/** The growing trees of all covered partitions. */
export class PartitionTrees {
  private readonly trees = new Map<
    string,
    { topic: string; partition: number; nextOffset: number; tree: MerkleFrontier }
  >();

  constructor(stored: readonly StoredTree[] = []) {
    for (const { topic, partition, nextOffset, frontier } of stored) {
      this.trees.set(nameOf(topic, partition), {
        topic,
        partition,
        nextOffset,
        tree: MerkleFrontier.fromBytes(frontier),
      });
    }
  }

  /**
   * The next record of a partition, in offset order.
   * @param leaf `LeafEncoder.hash`
   * @throws AppError LEDGER_OFFSET_GOES_BACK
   */
  append(topic: string, partition: number, offset: number, leaf: Buffer): void {
    this.at(topic, partition, offset).tree.append(leaf);
    this.advance(topic, partition, offset + 1);
  }

  /** Everything below `nextOffset` was read: markers and aborted records have no leaf. @throws AppError LEDGER_OFFSET_GOES_BACK */
  advance(topic: string, partition: number, nextOffset: number): void {
    this.at(topic, partition, nextOffset).nextOffset = nextOffset;
  }

  /** For a head, in its order. */
  heads(): PartitionHead[] {
    return this.sorted().map(({ topic, partition, nextOffset, tree }) => ({
      topic,
      partition,
      nextOffset,
      treeSize: tree.size,
      root: tree.root(),
    }));
  }

  stored(): StoredTree[] {
    return this.sorted().map(({ tree, ...rest }) => ({ ...rest, frontier: tree.toBytes() }));
  }

  private sorted() {
    return [...this.trees.values()].sort(inHeadOrder);
  }

  private at(topic: string, partition: number, offset: number) {
    const name = nameOf(topic, partition);
    let found = this.trees.get(name);
    if (found === undefined) {
      found = { topic, partition, nextOffset: 0, tree: MerkleFrontier.empty() };
      this.trees.set(name, found);
    }
    if (offset < found.nextOffset) {
      throw ledgerError(
        'LEDGER_OFFSET_GOES_BACK',
        `${name} was read up to ${found.nextOffset} and now comes offset ${offset}. Read each partition once, in order, from where its stored tree ends.`,
      );
    }
    return found;
  }
}

const nameOf = (topic: string, partition: number) => `${topic}/${partition}`;
