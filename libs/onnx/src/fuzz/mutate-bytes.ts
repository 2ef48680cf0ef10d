import type { Random } from '@millrace/learning';

/** Bytes that parsers trip over: ends of varint ranges, keys of other wire types, large lengths. */
const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x0b, 0x3a, 0x12];

/** One to four edits: flip a bit, set a nasty byte, insert, delete, copy a piece elsewhere, cut the end. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let mutant = Uint8Array.from(bytes);
  for (let edits = 1 + random.below(4); edits > 0 && mutant.length > 4; edits--) mutant = mutateOnce(mutant, random);
  return mutant;
}

function mutateOnce(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length);
  const length = 1 + random.below(Math.min(16, bytes.length - at));
  const copy = Uint8Array.from(bytes);
  switch (random.below(6)) {
    case 0:
      copy[at] ^= 1 << random.below(8);
      return copy;
    case 1:
      copy[at] = NASTY[random.below(NASTY.length)];
      return copy;
    case 2:
      return join(bytes.subarray(0, at), Uint8Array.of(NASTY[random.below(NASTY.length)]), bytes.subarray(at));
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return join(
        bytes.subarray(0, at),
        bytes.subarray(random.below(bytes.length)).subarray(0, length),
        bytes.subarray(at),
      );
    default:
      return join(bytes.subarray(0, at));
  }
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
