import { createHash } from 'node:crypto';

/**
 * A number in [0, 1) that depends on nothing but the bytes: the first 48 bits of their SHA-256. Records with the same key
 * get the same number, so they stand on the same side of a split.
 */
export function keyShare(bytes: Uint8Array): number {
  return createHash('sha256').update(bytes).digest().readUIntBE(0, 6) / 2 ** 48;
}
