import type { Arm } from '@millrace/contracts';

/**
 * The arm of a request: sticky by key. The hash of salt and key, as a fraction of 2^32, is held against the arms'
 * cumulated probabilities, so the same key meets the same arm for as long as the release lives.
 */
export function chooseArm(arms: readonly Arm[], salt: string, key: string): Arm {
  if (arms.length === 1) return arms[0]!;
  let fraction = fnv1a(`${salt}|${key}`) / 2 ** 32;
  for (const arm of arms) {
    if (fraction < arm.probability) return arm;
    fraction -= arm.probability;
  }
  return arms[arms.length - 1]!;
}

/** FNV-1a, 32 bits, over UTF-16 code units, followed by the finaliser of MurmurHash3 for an even spread. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
