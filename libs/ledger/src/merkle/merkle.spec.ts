import { createHash } from 'node:crypto';
import { randomOf } from '../../../messaging/fuzz/random.cjs';
import { MerkleFrontier } from './frontier';
import { leafHash } from './hashes';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proofs';
import { StreamedProof } from './streamed-proof';

const hex = (text: string) => Buffer.from(text, 'hex');

/** Leaves and roots of Certificate Transparency's reference tests (google/certificate-transparency, merkle_tree_test). */
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const PATH_1_OF_8 = [
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
];

/** The RFC's own recursive definitions, word for word and slow. */
const sha = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const split = (n: number) => 2 ** Math.ceil(Math.log2(n) - 1);
function mth(d: Buffer[]): Buffer {
  if (d.length === 0) return sha();
  if (d.length === 1) return sha(Buffer.of(0), d[0]);
  const k = split(d.length);
  return sha(Buffer.of(1), mth(d.slice(0, k)), mth(d.slice(k)));
}
function path(m: number, d: Buffer[]): Buffer[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}
function subproof(m: number, d: Buffer[], b: boolean): Buffer[] {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}

const text = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'));
function frontierOfLeaves(leaves: readonly Buffer[]): MerkleFrontier {
  const tree = MerkleFrontier.empty();
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}
const frontierOf = (entries: readonly Buffer[]) => frontierOfLeaves(entries.map(leafHash));

describe('ledger/merkle', () => {
  it.each(ROOTS.map((root, size) => [size, root]))('has the known root of %i leaves', (size, root) => {
    expect(
      frontierOf(ENTRIES.slice(0, Number(size)).map(hex))
        .root()
        .toString('hex'),
    ).toBe(root);
  });

  it('gives the known proofs', () => {
    const leaves = ENTRIES.map((entry) => leafHash(hex(entry)));
    expect(text(inclusionProof(leaves, 0))).toEqual(PATH_1_OF_8);
    expect(text(consistencyProof(leaves, 1))).toEqual(PATH_1_OF_8);
  });

  it('agrees with the recursive definition for every size up to 70 and every proof in it', () => {
    const random = randomOf(9162);
    const entries = Array.from({ length: 70 }, () => Buffer.from([random.below(256), random.below(256)]));
    for (let size = 1; size <= entries.length; size++) {
      const all = entries.slice(0, size);
      const leaves = all.map(leafHash);
      const root = mth(all);
      expect(frontierOf(all).root().equals(root)).toBe(true);
      for (let at = 0; at < size; at += 1 + random.below(4)) {
        const proof = inclusionProof(leaves, at);
        expect(text(proof)).toEqual(text(path(at, all)));
        expect(verifyInclusion(leaves[at], at, size, proof, root)).toBe(true);
        const first = at + 1;
        const steps = consistencyProof(leaves, first);
        expect(text(steps)).toEqual(text(subproof(first, all, true)));
        expect(verifyConsistency(first, size, mth(all.slice(0, first)), root, steps)).toBe(true);
      }
    }
  });

  it('gives the same proofs from a stored frontier and the leaves behind it, in constant memory', () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`${i}`)));
      for (let index = 0; index < size; index++) {
        for (const from of new Set([0, index >> 1, index])) {
          const proof = new StreamedProof(
            MerkleFrontier.fromBytes(frontierOfLeaves(leaves.slice(0, from)).toBytes()),
            index,
          );
          for (const leaf of leaves.slice(from)) proof.append(leaf);
          expect(text(proof.end())).toEqual(text(inclusionProof(leaves, index)));
        }
      }
    }
    const short = new StreamedProof(MerkleFrontier.empty(), 1);
    short.append(leafHash(Buffer.of(1)));
    expect(() => short.end()).toThrow('There is no leaf 1 in a tree of 1');
    const late = frontierOfLeaves([leafHash(Buffer.of(1))]);
    expect(() => new StreamedProof(late, 0)).toThrow('begins behind leaf 0');
  });

  it('refuses every proof with one bit, step, index, size or root changed', () => {
    const random = randomOf(17);
    for (let round = 0; round < 500; round++) {
      const size = 2 + random.below(60);
      const leaves = Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`${round} ${i}`)));
      const at = random.below(size);
      const tree = MerkleFrontier.empty();
      let first = tree.root();
      leaves.forEach((leaf, i) => {
        tree.append(leaf);
        if (i === at) first = tree.root();
      });
      const root = tree.root();
      const proof = inclusionProof(leaves, at);
      const flipped = (hash: Buffer) => {
        const copy = Buffer.from(hash);
        copy[random.below(32)] ^= 1 << random.below(8);
        return copy;
      };
      const step = random.below(proof.length);
      const changed = proof.map((hash, i) => (i === step ? flipped(hash) : hash));
      expect(verifyInclusion(leaves[at], at, size, changed, root)).toBe(false);
      expect(verifyInclusion(leaves[at], at, size, proof.slice(1), root)).toBe(false);
      expect(verifyInclusion(leaves[at], at, size, [...proof, root], root)).toBe(false);
      expect(verifyInclusion(leaves[at], (at + 1) % size, size, proof, root)).toBe(false);
      expect(verifyInclusion(leaves[at], size, size, proof, root)).toBe(false);
      expect(verifyInclusion(flipped(leaves[at]), at, size, proof, root)).toBe(false);
      expect(verifyInclusion(leaves[at], at, size, proof, flipped(root))).toBe(false);
      const steps = consistencyProof(leaves, at + 1);
      expect(verifyConsistency(at + 1, size, first, root, steps)).toBe(true);
      expect(verifyConsistency(at + 1, size, flipped(first), root, steps)).toBe(false);
      expect(verifyConsistency(at + 1, size, first, flipped(root), steps)).toBe(false);
      expect(verifyConsistency(at + 1, size, first, root, [...steps, root])).toBe(false);
      if (steps.length > 0) {
        const broken = random.below(steps.length);
        const bent = steps.map((hash, i) => (i === broken ? flipped(hash) : hash));
        expect(verifyConsistency(at + 1, size, first, root, bent)).toBe(false);
        expect(verifyConsistency(at + 1, size, first, root, steps.slice(1))).toBe(false);
      }
    }
  });

  it('refuses proofs that cannot be', () => {
    const leaves = [leafHash(Buffer.of(1))];
    for (const index of [-1, 1, 0.5]) expect(() => inclusionProof(leaves, index)).toThrow('There is no leaf');
    for (const size of [0, 2, 0.5]) expect(() => consistencyProof(leaves, size)).toThrow('has no beginning');
  });

  it('goes on from its canonical bytes as if it had never stopped', () => {
    const random = randomOf(5);
    for (let round = 0; round < 200; round++) {
      const entries = Array.from({ length: random.below(80) }, (_, i) => Buffer.from(`${i}`));
      const cut = random.below(entries.length + 1);
      const restored = MerkleFrontier.fromBytes(frontierOf(entries.slice(0, cut)).toBytes());
      for (const entry of entries.slice(cut)) restored.append(leafHash(entry));
      expect(restored.toBytes().equals(frontierOf(entries).toBytes())).toBe(true);
      expect(restored.root().equals(mth(entries))).toBe(true);
    }
  });

  it.each([
    ['none', Buffer.alloc(0)],
    ['a size without its roots', Buffer.from('0000000000000003', 'hex')],
    ['a size beyond 53 bits', Buffer.from('ffffffffffffffff', 'hex')],
    ['a byte too many', Buffer.alloc(9)],
  ])('refuses bytes that are no frontier: %s', (_, bytes) => {
    expect(() => MerkleFrontier.fromBytes(bytes)).toThrow('are no frontier');
  });
});
