import { ledgerError } from '../ledger-error';
import { MerkleFrontier } from './frontier';
import { nodeHash } from './hashes';

/**
 * The hashes that lead from leaf `index` to the root of the tree over `leaves` (RFC 9162, section 2.1.3.1), the nearest first.
 *
 * @param leaves leaf hashes of the whole tree, in order
 * @throws AppError LEDGER_PROOF_OUT_OF_RANGE
 */
export function inclusionProof(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw outOfRange(`There is no leaf ${index} in a tree of ${leaves.length}. Ask for one below its size.`);
  }
  const proof: Buffer[] = [];
  let start = 0;
  let end = leaves.length;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      proof.push(rootOf(leaves, middle, end));
      end = middle;
    } else {
      proof.push(rootOf(leaves, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/** Whether `leaf` is leaf number `index` of the tree of `size` leaves with this root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const step of proof) {
    if (last === 0 || step.length !== root.length) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(step, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = nodeHash(hash, step);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/**
 * The hashes that show that the tree over the first `size` leaves is the beginning of the tree over all (RFC 9162,
 * section 2.1.4.1).
 *
 * @throws AppError LEDGER_PROOF_OUT_OF_RANGE
 */
export function consistencyProof(leaves: readonly Buffer[], size: number): Buffer[] {
  if (!Number.isInteger(size) || size < 1 || size > leaves.length) {
    throw outOfRange(
      `A tree of ${leaves.length} leaves has no beginning of ${size}. Ask for 1 to ${leaves.length} leaves.`,
    );
  }
  const proof: Buffer[] = [];
  let start = 0;
  let end = leaves.length;
  let whole = true;
  while (size !== end) {
    const middle = start + splitOf(end - start);
    if (size <= middle) {
      proof.push(rootOf(leaves, middle, end));
      end = middle;
    } else {
      proof.push(rootOf(leaves, start, middle));
      start = middle;
      whole = false;
    }
  }
  if (!whole) proof.push(rootOf(leaves, start, end));
  return proof.reverse();
}

/** Whether the tree (`firstSize`, `firstRoot`) is a beginning of the tree (`secondSize`, `secondRoot`): RFC 9162, section 2.1.4.2. */
export function verifyConsistency(
  firstSize: number,
  secondSize: number,
  firstRoot: Buffer,
  secondRoot: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (!Number.isSafeInteger(firstSize) || !Number.isSafeInteger(secondSize)) return false;
  if (firstSize < 1 || firstSize > secondSize) return false;
  if (firstSize === secondSize) return proof.length === 0 && firstRoot.equals(secondRoot);
  const path = isPowerOfTwo(firstSize) ? [firstRoot, ...proof] : proof;
  if (path.length === 0) return false;
  let node = firstSize - 1;
  let last = secondSize - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let first = path[0];
  let second = path[0];
  for (const step of path.slice(1)) {
    if (last === 0 || step.length !== firstRoot.length) return false;
    if (node % 2 === 1 || node === last) {
      first = nodeHash(step, first);
      second = nodeHash(step, second);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else second = nodeHash(second, step);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && first.equals(firstRoot) && second.equals(secondRoot);
}

function rootOf(leaves: readonly Buffer[], start: number, end: number): Buffer {
  const tree = MerkleFrontier.empty();
  for (let at = start; at < end; at++) tree.append(leaves[at]);
  return tree.root();
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

// Sizes go beyond 32 bits, where shifts do not.
const half = (value: number) => Math.floor(value / 2);

function isPowerOfTwo(value: number): boolean {
  let left = value;
  while (left % 2 === 0) left /= 2;
  return left === 1;
}

const outOfRange = (message: string) => ledgerError('LEDGER_PROOF_OUT_OF_RANGE', message);
