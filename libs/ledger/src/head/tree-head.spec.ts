import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { leafHash } from '../merkle/hashes';
import { HeadMaker } from './head-maker';
import { PartitionTrees } from './partition-trees';
import { chainFault, decodeHead, encodeHead, headBytes, headFault, headHash, NO_PREVIOUS, signHead } from './tree-head';

/** An Ed25519 key from its 32 byte seed, in PKCS #8 (RFC 8410): the same in every run. */
const keyOf = (seed: number): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]),
    format: 'der',
    type: 'pkcs8',
  });
const ours = { keyId: 'ledger-1', privateKey: keyOf(1) };
const theirs = { keyId: 'ledger-1', privateKey: keyOf(2) };
const find = (keyId: string) => (keyId === 'ledger-1' ? createPublicKey(ours.privateKey) : undefined);
const entry = (topic: string, partition: number, size: number) => ({
  topic,
  partition,
  nextOffset: size + 1,
  treeSize: size,
  root: leafHash(Buffer.from(`${topic} ${partition} ${size}`)),
});
const first = signHead(
  {
    installation: 'i',
    sequence: 0,
    previous: NO_PREVIOUS,
    time: 1_000,
    partitions: [entry('a', 0, 3), entry('b', 2, 1)],
  },
  ours,
);
const second = signHead({ ...first, sequence: 1, previous: headHash(first), time: 2_000 }, ours);

describe('ledger/head', () => {
  it('verifies by itself, and after its bytes were stored', () => {
    expect(headFault(first, 'i', find)).toBeUndefined();
    expect(decodeHead(encodeHead(first))).toEqual(first);
    expect(chainFault(undefined, first)).toBeUndefined();
    expect(chainFault(first, second)).toBeUndefined();
  });

  it('does not verify with any one bit changed', () => {
    const bytes = encodeHead(first);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const copy = Buffer.from(bytes);
      copy[bit >> 3] ^= 1 << (bit & 7);
      let fault: string | undefined;
      try {
        fault = headFault(decodeHead(copy), 'i', find);
      } catch (error) {
        fault = (error as Error).message;
      }
      expect(fault).toEqual(expect.any(String));
    }
  });

  it('names what is wrong with a head', () => {
    expect(headFault(first, 'j', find)).toMatch('belongs to the installation i');
    expect(headFault(signHead(first, theirs), 'i', find)).toMatch('does not fit the key ledger-1');
    expect(headFault(signHead(first, { ...theirs, keyId: 'x' }), 'i', find)).toMatch('key x, which is not trusted');
  });

  it.each([
    ['a gap', { sequence: 2 }, 'it follows head 0'],
    ['another one before it', { previous: NO_PREVIOUS }, 'does not name the hash'],
    ['a time that goes back', { time: 999 }, 'lies before that of head 0'],
    ['a partition less', { partitions: [entry('a', 0, 3)] }, 'no longer covers b/2'],
    ['a shorter tree', { partitions: [entry('a', 0, 2), entry('b', 2, 1)] }, 'tree of a/0 is shorter'],
    [
      'a tree that ends earlier',
      { partitions: [{ ...entry('a', 0, 3), nextOffset: 0 }, entry('b', 2, 1)] },
      'tree of a/0 is shorter',
    ],
    [
      'a tree with fewer leaves',
      { partitions: [{ ...entry('a', 0, 3), treeSize: 0 }, entry('b', 2, 1)] },
      'tree of a/0 is shorter',
    ],
    [
      'a changed tree',
      { partitions: [{ ...entry('a', 0, 3), root: NO_PREVIOUS }, entry('b', 2, 1)] },
      'tree of a/0 changed',
    ],
  ])('does not chain with %s', (_, change, sentence) => {
    expect(chainFault(first, { ...second, ...change })).toMatch(sentence);
  });

  it('does not begin with another head than 0', () => {
    expect(chainFault(undefined, second)).toMatch('head 0 is missing');
    expect(chainFault(undefined, { ...first, previous: headHash(first) })).toMatch('names one before it');
  });

  it('has one order only', () => {
    const [a, b] = first.partitions;
    for (const partitions of [
      [b, a],
      [a, a],
    ])
      expect(() => headBytes({ ...first, partitions })).toThrow('out of order or twice');
  });

  it('lists the trees in the order of a head, and goes on from stored ones', () => {
    const trees = new PartitionTrees();
    const leaf = leafHash(Buffer.from('x'));
    for (const [topic, partition] of [
      ['b', 0],
      ['a', 10],
      ['a', 2],
    ] as const)
      trees.append(topic, partition, 4, leaf);
    trees.advance('a', 2, 9);
    expect(trees.heads().map(({ topic, partition, nextOffset }) => `${topic}/${partition}@${nextOffset}`)).toEqual([
      'a/2@9',
      'a/10@5',
      'b/0@5',
    ]);
    const restored = new PartitionTrees(trees.stored());
    for (const each of [trees, restored]) each.append('a', 2, 9, leaf);
    expect(restored.heads()).toEqual(trees.heads());
    expect(() => restored.append('a', 2, 9, leaf)).toThrow('now comes offset 9');
  });
});

describe('ledger/head-maker', () => {
  it('makes none when idle, one a second at most, and every record is covered within ten seconds', () => {
    const maker = new HeadMaker();
    const heads: number[] = [];
    let uncovered: number | null = null;
    const appends = [0, 10, 999, 1_000, 1_001, 5_000, 5_001, 5_002, 60_000];
    for (let now = 0; now < 120_000; now++) {
      if (appends.includes(now)) {
        maker.appended(now);
        uncovered ??= now;
      }
      if (!maker.isDue(now)) continue;
      expect(now - (uncovered as number)).toBeLessThanOrEqual(10_000);
      maker.made(now);
      uncovered = null;
      heads.push(now);
    }
    expect(heads).toEqual([1_000, 2_001, 6_000, 61_000]);
    expect(maker.dueAt).toBeNull();
  });

  it('knows when the promise is broken', () => {
    const maker = new HeadMaker();
    maker.appended(100);
    expect([maker.isLate(10_100), maker.isLate(10_101)]).toEqual([false, true]);
    maker.made(10_101, 10_050);
    expect([maker.dueAt, maker.isLate(20_050), maker.isLate(20_051)]).toEqual([11_101, false, true]);
  });
});
