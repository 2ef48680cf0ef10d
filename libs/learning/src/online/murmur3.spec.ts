import { murmur3 } from './murmur3';

describe('learning > online > murmur3', () => {
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['hello', 0, 0x248bfa47],
    ['hello, world', 0, 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('%j with seed %d gives the published value', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  it('reads text as UTF-8', () => expect(murmur3('ππππππππ', 0x9747b28c)).toBe(0xd58063c1));
});
