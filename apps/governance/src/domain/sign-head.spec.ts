import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  decodeHead,
  type HeadSigner,
  headFault,
  LedgerKeys,
  leafHash,
  PartitionTrees,
  type SignedKeyRotation,
} from '@millrace/ledger';
import { evolveLedger, type Ledger, type LedgerFact, lastHead, noLedger } from './ledger';
import { rotateLedgerKey } from './rotate-ledger-key';
import { signHead } from './sign-head';

const newSigner = (keyId: string): HeadSigner => ({ keyId, privateKey: generateKeyPairSync('ed25519').privateKey });
const signer = newSigner('governance-1');
const contextAt = (now: number) => ({ version: 4, now, actor: 'ann', causeId: 'c' });
const leaf = (text: string) => leafHash(Buffer.from(text));

let trees: PartitionTrees;
let ledger: Ledger;
beforeEach(() => {
  trees = new PartitionTrees();
  trees.append('b', 0, 0, leaf('x'));
  trees.append('a', 1, 7, leaf('y'));
  ledger = noLedger();
});
/** Signs, and takes in what was signed. */
function sign(now = 100) {
  const data = signHead(ledger, trees.stored(), 'i', signer, contextAt(now));
  if (data !== null) ledger = evolveLedger(ledger, { type: 'TreeHeadSigned', data });
  return data;
}

describe('governance > signHead', () => {
  it('signs what is there, names what changed, and chains the next to it', () => {
    const first = sign();
    expect(first).toMatchObject({ sequence: 0, newRecords: 2, aggregateVersion: 5, occurredAt: 100 });
    expect(first?.trees.map(({ topic, nextOffset }) => [topic, nextOffset])).toEqual([['a', 8], ['b', 1]]); // biome-ignore format: one line
    const head = decodeHead(first?.head as Buffer);
    expect(headFault(head, 'i', () => createPublicKey(signer.privateKey))).toBeUndefined();
    trees.append('b', 0, 1, leaf('z'));
    // The clock went back: a head is never older than the one before it.
    const second = sign(50);
    expect(second).toMatchObject({ sequence: 1, newRecords: 1, trees: [{ topic: 'b', partition: 0, nextOffset: 2 }] });
    expect(lastHead(ledger)).toMatchObject({ time: 100, partitions: { length: 2 } });
  });

  it('signs nothing while no record is new, though markers came', () => {
    expect(signHead(ledger, [], 'i', signer, contextAt(1))).toBeNull();
    sign();
    expect(sign()).toBeNull();
    trees.advance('a', 1, 20);
    expect(sign()).toBeNull();
  });

  it.each(['a partition less', 'a shorter tree'])('refuses trees that do not go on from the last head: %s', (what) => {
    trees.append('b', 0, 1, leaf('z'));
    sign();
    const other = new PartitionTrees();
    other.append('b', 0, 0, leaf('x'));
    if (what === 'a shorter tree') other.append('a', 1, 9, leaf('y'));
    trees = other;
    expect(() => sign()).toThrow('is not signed');
  });
});

describe('governance > rotateLedgerKey', () => {
  const next = newSigner('governance-2');
  const publicKey = createPublicKey(next.privateKey).export({ type: 'spki', format: 'der' });
  const rotate = (name: string): LedgerFact[] =>
    rotateLedgerKey(
      ledger,
      { ledger: name, reason: 'r' },
      'i',
      signer,
      { keyId: 'governance-2', publicKey },
      contextAt(9),
    );

  it.each([false, true])('lets the old key name the next one (heads before: %s)', (headBefore) => {
    if (headBefore) sign();
    const [fact] = rotate('ledger');
    expect(fact).toMatchObject({
      type: 'LedgerKeyRotated',
      data: {
        aggregateVersion: 5,
        firstSequence: headBefore ? 1 : 0,
        newKeyId: 'governance-2',
        by: 'ann',
        reason: 'r',
      },
    });
    const rotation = { ...fact.data, installation: 'i' } as unknown as SignedKeyRotation;
    const keys = new LedgerKeys('i', (id) => (id === 'governance-1' ? createPublicKey(signer.privateKey) : undefined));
    expect(keys.follow(rotation, headBefore ? 1 : 0)).toBeUndefined();
    expect(evolveLedger(ledger, fact)).toMatchObject({ keyId: 'governance-2', rotations: 1, head: ledger.head });
  });

  it('refuses a ledger that there is not, and changes nothing', () => {
    const [fact] = rotate('other');
    expect(fact).toMatchObject({ type: 'LedgerRefused', data: { reasonCode: 'BAD_NAME', commandId: 'c' } });
    expect(evolveLedger(ledger, fact)).toBe(ledger);
  });
});
