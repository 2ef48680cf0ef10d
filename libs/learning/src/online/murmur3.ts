/**
 * MurmurHash3 x86 32 (Austin Appleby, public domain, https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp)
 * of the UTF-8 bytes of `text`: a whole number from 0 to 2^32 - 1.
 */
export function murmur3(text: string, seed: number): number {
  const bytes = encoder.encode(text);
  const blocks = bytes.length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < blocks; at += 4) {
    hash ^= scramble(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blocks; at--) tail = (tail << 8) | bytes[at];
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const encoder = new TextEncoder();

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
