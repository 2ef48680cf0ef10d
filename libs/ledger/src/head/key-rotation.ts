import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ledgerError } from '../ledger-error';
import type { FindKey, HeadSigner } from './tree-head';

/** The old key's word that heads from `firstSequence` on are signed with the new one. */
export interface KeyRotation {
  readonly installation: string;
  /** Sequence of the first head that the new key signs. */
  readonly firstSequence: number;
  readonly oldKeyId: string;
  readonly newKeyId: string;
  /** Ed25519, DER of the SubjectPublicKeyInfo (RFC 8410). */
  readonly newPublicKey: Buffer;
}

export interface SignedKeyRotation extends KeyRotation {
  /** Ed25519 by the old key over `rotationBytes`. 64 bytes. */
  readonly signature: Buffer;
}

const MAGIC = 'millrace-key-rotation-v1';

/**
 * ```
 * "millrace-key-rotation-v1" | installation length u16 | installation | first sequence u64 | old key id length u16 | old key id
 * | new key id length u16 | new key id | public key length u16 | public key
 * ```
 */
export function rotationBytes(rotation: KeyRotation): Buffer {
  const sequence = Buffer.alloc(8);
  sequence.writeBigUInt64BE(BigInt(rotation.firstSequence));
  const texts = [rotation.oldKeyId, rotation.newKeyId].map((id) => framed(Buffer.from(id)));
  const installation = framed(Buffer.from(rotation.installation));
  return Buffer.concat([Buffer.from(MAGIC), installation, sequence, ...texts, framed(rotation.newPublicKey)]);
}

/** @throws AppError LEDGER_KEY_REFUSED when the old key is not the signer's */
export function signRotation(rotation: KeyRotation, signer: HeadSigner): SignedKeyRotation {
  if (signer.keyId !== rotation.oldKeyId) {
    throw ledgerError(
      'LEDGER_KEY_REFUSED',
      `The change from key ${rotation.oldKeyId} must be signed with it, and this is ${signer.keyId}. Sign with the key that signed the last head.`,
    );
  }
  return { ...rotation, signature: sign(null, rotationBytes(rotation), signer.privateKey) };
}

/**
 * Which key may sign which head: the trusted one until a rotation that it signed, then the next. A key that was replaced signs no
 * later head, so that who steals an old key cannot go on with the chain.
 */
export class LedgerKeys {
  /** By id, those that were announced by a rotation. */
  private readonly announced = new Map<string, KeyObject>();
  private readonly retired = new Set<string>();

  constructor(
    private readonly installation: string,
    private readonly trusted: FindKey,
  ) {}

  /** For the next head of the chain. */
  readonly current: FindKey = (keyId) => (this.retired.has(keyId) ? undefined : this.any(keyId));

  /** Also of keys that were replaced: for a head that was seen before. */
  readonly any: FindKey = (keyId) => this.announced.get(keyId) ?? this.trusted(keyId);

  /**
   * Follows a rotation, if it holds.
   * @param nextSequence of the head that comes next in the chain
   * @returns why it does not hold, as a sentence; undefined when it does
   */
  follow(rotation: SignedKeyRotation, nextSequence: number): string | undefined {
    const { installation, firstSequence, oldKeyId, newKeyId, newPublicKey, signature } = rotation;
    if (installation !== this.installation) return `it belongs to the installation ${installation}`;
    if (firstSequence !== nextSequence)
      return `it is meant for head ${firstSequence} and stands before ${nextSequence}`;
    const key = this.current(oldKeyId);
    if (key === undefined) return `it is signed with the key ${oldKeyId}, which is not trusted here`;
    if (this.any(newKeyId) !== undefined) return `the key ${newKeyId} was there before`;
    try {
      if (!verify(null, rotationBytes(rotation), key, signature)) return `its signature does not fit ${oldKeyId}`;
      this.announced.set(newKeyId, createPublicKey({ key: newPublicKey, format: 'der', type: 'spki' }));
    } catch (error) {
      return `its keys cannot be read: ${(error as Error).message}`;
    }
    this.retired.add(oldKeyId);
    return undefined;
  }
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
