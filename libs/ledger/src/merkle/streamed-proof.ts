import { ledgerError } from '../ledger-error';
import { MerkleFrontier } from './frontier';

/**
 * The inclusion proof of one leaf (RFC 9162, section 2.1.3.1) from a frontier that ends before it and the leaves behind, one by one:
 * what stands to its left is in the frontier, what stands to its right is folded as it comes. A few hashes of memory, however far
 * the end of the tree is.
 */
export class StreamedProof {
  private readonly proof: Buffer[] = [];
  /** Left siblings that are still to come, the nearest last. */
  private left: Buffer[] | null = null;
  /** The right sibling that is being gathered, and how many leaves it takes. */
  private right = MerkleFrontier.empty();
  private wanted = 0;
  /** Bits of the index above the level that was reached. */
  private above = 0;
  private level = 1;

  /**
   * @param tree grows up to the leaf; it is not copied
   * @throws AppError LEDGER_PROOF_OUT_OF_RANGE
   */
  constructor(
    private readonly tree: MerkleFrontier,
    private readonly index: number,
  ) {
    if (!Number.isSafeInteger(index) || tree.size > index)
      throw ledgerError(
        'LEDGER_PROOF_OUT_OF_RANGE',
        `The tree of ${tree.size} leaves begins behind leaf ${index}. Take one that was stored before it.`,
      );
  }

  append(leaf: Buffer): void {
    if (this.tree.size < this.index) {
      this.tree.append(leaf);
      return;
    }
    if (this.left === null) {
      this.left = [...this.tree.subtrees()];
      this.above = this.index;
      this.climb();
      return;
    }
    this.right.append(leaf);
    if (this.right.size < this.wanted) return;
    this.closeRight();
    this.climb();
  }

  /** The hashes that lead to the root over all leaves that were given, the nearest first. @throws AppError LEDGER_PROOF_OUT_OF_RANGE */
  end(): Buffer[] {
    if (this.left === null)
      throw ledgerError(
        'LEDGER_PROOF_OUT_OF_RANGE',
        `There is no leaf ${this.index} in a tree of ${this.tree.size}. Ask for one below its size.`,
      );
    // The tree ends within the sibling, or before it.
    const last = this.right.size === 0 ? [] : [this.right.root()];
    return [...this.proof, ...last, ...[...this.left].reverse()];
  }

  /** Takes the left siblings up to the next level at which the sibling stands to the right. */
  private climb(): void {
    while (this.above % 2 === 1) {
      this.proof.push(this.left?.pop() as Buffer);
      this.up();
    }
    this.wanted = this.level;
  }

  private closeRight(): void {
    this.proof.push(this.right.root());
    this.right = MerkleFrontier.empty();
    this.up();
  }

  private up(): void {
    this.above = Math.floor(this.above / 2);
    this.level *= 2;
  }
}
