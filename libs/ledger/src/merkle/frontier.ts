import { ledgerError } from '../ledger-error';
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hashes';

const SIZE_BYTES = 8;

/**
 * The right edge of an RFC 9162 Merkle tree: the roots of its whole subtrees, the largest first, one for each 1 in the binary
 * form of the size. It is all that appending and the root need: at most 53 hashes.
 *
 * ```
 * size u64 | root of a whole subtree (32 bytes), as many as the size has ones, the largest subtree first
 * ```
 */
export class MerkleFrontier {
  private constructor(
    private leaves: number,
    private readonly roots: Buffer[],
  ) {}

  static empty(): MerkleFrontier {
    return new MerkleFrontier(0, []);
  }

  /** @throws AppError LEDGER_FRONTIER_MALFORMED */
  static fromBytes(bytes: Buffer): MerkleFrontier {
    const size = bytes.length < SIZE_BYTES ? Number.NaN : Number(bytes.readBigUInt64BE(0));
    if (!Number.isSafeInteger(size) || bytes.length !== SIZE_BYTES + HASH_BYTES * onesOf(size)) {
      throw ledgerError(
        'LEDGER_FRONTIER_MALFORMED',
        `${bytes.length} bytes are no frontier of ${size} leaves. Take the stored bytes unchanged, or build the tree again from the log.`,
      );
    }
    const roots: Buffer[] = [];
    for (let at = SIZE_BYTES; at < bytes.length; at += HASH_BYTES)
      roots.push(Buffer.from(bytes.subarray(at, at + HASH_BYTES)));
    return new MerkleFrontier(size, roots);
  }

  /** Leaves so far. */
  get size(): number {
    return this.leaves;
  }

  /** @param leaf its hash, with the leaf prefix: `leafHash` */
  append(leaf: Buffer): void {
    let root = leaf;
    for (let left = this.leaves; left % 2 === 1; left = (left - 1) / 2)
      root = nodeHash(this.roots.pop() as Buffer, root);
    this.roots.push(root);
    this.leaves++;
  }

  /** The Merkle tree hash of all leaves. 32 bytes. */
  root(): Buffer {
    if (this.leaves === 0) return EMPTY_ROOT;
    let root = this.roots[this.roots.length - 1];
    for (let at = this.roots.length - 2; at >= 0; at--) root = nodeHash(this.roots[at], root);
    return root;
  }

  /** Roots of the whole subtrees, the largest first. */
  subtrees(): readonly Buffer[] {
    return this.roots;
  }

  toBytes(): Buffer {
    const size = Buffer.alloc(SIZE_BYTES);
    size.writeBigUInt64BE(BigInt(this.leaves));
    return Buffer.concat([size, ...this.roots]);
  }

  copy(): MerkleFrontier {
    return new MerkleFrontier(this.leaves, [...this.roots]);
  }
}

function onesOf(size: number): number {
  let ones = 0;
  for (let left = size; left > 0; left = Math.floor(left / 2)) ones += left % 2;
  return ones;
}
