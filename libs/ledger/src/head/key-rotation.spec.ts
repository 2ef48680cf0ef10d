import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { LedgerKeys, type SignedKeyRotation, signRotation } from './key-rotation';
import type { HeadSigner } from './tree-head';

const signers = ['k1', 'k2', 'k3'].map(
  (keyId): HeadSigner => ({ keyId, privateKey: generateKeyPairSync('ed25519').privateKey }),
);
const [first, second, third] = signers;
const publicOf = ({ privateKey }: HeadSigner): KeyObject => createPublicKey(privateKey);
const der = (signer: HeadSigner) => publicOf(signer).export({ type: 'spki', format: 'der' });
const trusted = (keyId: string) => (keyId === first.keyId ? publicOf(first) : undefined);
const rotation = (from: HeadSigner, to: HeadSigner, firstSequence: number): SignedKeyRotation =>
  signRotation(
    { installation: 'i', firstSequence, oldKeyId: from.keyId, newKeyId: to.keyId, newPublicKey: der(to) },
    from,
  );

describe('ledger/key-rotation', () => {
  it('hands the chain from key to key; who was replaced signs nothing any more', () => {
    const keys = new LedgerKeys('i', trusted);
    expect(keys.current('k1')?.equals(publicOf(first))).toBe(true);
    expect(keys.follow(rotation(first, second, 5), 5)).toBeUndefined();
    expect(keys.current('k1')).toBeUndefined();
    expect(keys.any('k1')?.equals(publicOf(first))).toBe(true);
    expect(keys.follow(rotation(second, third, 5), 5)).toBeUndefined();
    expect(keys.current('k3')?.equals(publicOf(third))).toBe(true);
  });

  it.each<[string, SignedKeyRotation, RegExp]>([
    ['of another installation', { ...rotation(first, second, 5), installation: 'j' }, /installation j/],
    ['meant for another place', rotation(first, second, 6), /meant for head 6/],
    ['by a key that nobody trusts', rotation(second, third, 5), /not trusted/],
    ['to a key that was there before', { ...rotation(first, second, 5), newKeyId: 'k1' }, /was there before/],
    ['to another key than signed', { ...rotation(first, second, 5), newPublicKey: der(third) }, /does not fit k1/],
    ['under another name than signed', { ...rotation(first, second, 5), newKeyId: 'k9' }, /does not fit k1/],
    ['with a signature of the wrong length', { ...rotation(first, second, 5), signature: Buffer.alloc(3) }, /fit k1/],
  ])('refuses a rotation %s', (_, bad, why) => {
    const keys = new LedgerKeys('i', trusted);
    expect(keys.follow(bad, 5)).toMatch(why);
    expect(keys.current('k1')).toBeDefined();
    expect(keys.current('k2')).toBeUndefined();
  });

  it('refuses a public key that is none, though signed', () => {
    const newPublicKey = Buffer.from('no key');
    const bad = signRotation({ ...rotation(first, second, 0), newPublicKey }, first);
    expect(new LedgerKeys('i', trusted).follow(bad, 0)).toMatch(/cannot be read/);
  });

  it('signs with the old key only', () => {
    expect(() => signRotation(rotation(first, second, 0), third)).toThrow('must be signed with it');
  });
});
