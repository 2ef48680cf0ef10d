import { canonicalJson, digestOf } from './canonical-json';

describe('learning > canonicalJson', () => {
  it('sorts keys, drops absent fields and keeps the order of lists', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: null, c: 'x"' }, e: undefined })).toBe(
      '{"a":{"c":"x\\"","d":null},"b":[2,1]}',
    );
  });
  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('NaN has no JSON form');
    expect(() => canonicalJson({ a: 1n })).toThrow('bigint has no JSON form');
  });
  it('digests equal values equally', () => {
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }));
  });
});
