import { type KeyObject, sign, verify } from 'node:crypto';
import { ledgerError } from '../ledger-error';
import { HASH_BYTES, sha256 } from '../merkle/hashes';

/** What a head says of one partition: the tree over its records below `nextOffset`. */
export interface PartitionHead {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  /** Leaves; fewer than `nextOffset` where markers, aborted records or a trim left gaps. */
  readonly treeSize: number;
  readonly root: Buffer;
}

export interface TreeHead {
  /** Whose ledger: a head of one installation means nothing in another. */
  readonly installation: string;
  /** 0 for the first, then without a gap. */
  readonly sequence: number;
  /** `headHash` of the head before; 32 zero bytes for the first. */
  readonly previous: Buffer;
  /** Milliseconds since 1970; never before that of the head before. */
  readonly time: number;
  readonly keyId: string;
  /** Sorted by the bytes of the topic, then by partition; none twice. */
  readonly partitions: readonly PartitionHead[];
}

export interface SignedTreeHead extends TreeHead {
  /** Ed25519 (RFC 8032) over `headBytes`. 64 bytes. */
  readonly signature: Buffer;
}

export interface HeadSigner {
  readonly keyId: string;
  /** Ed25519. */
  readonly privateKey: KeyObject;
}

/** The public key of an id, or undefined when it is not trusted. */
export type FindKey = (keyId: string) => KeyObject | undefined;

export const NO_PREVIOUS = Buffer.alloc(HASH_BYTES);
const MAGIC = 'millrace-tree-head-v1';
const SIGNATURE_BYTES = 64;

/** Topics by their UTF-8 bytes, then partitions by number: the order of a head. */
export function inHeadOrder(
  a: { readonly topic: string; readonly partition: number },
  b: { readonly topic: string; readonly partition: number },
): number {
  return Buffer.compare(Buffer.from(a.topic), Buffer.from(b.topic)) || a.partition - b.partition;
}

/**
 * The bytes that are signed and hashed; one head has one form only:
 *
 * ```
 * "millrace-tree-head-v1" | installation length u16 | installation | sequence u64 | previous head's hash (32) | time i64 (ms)
 * | key id length u16 | key id | partition count u32
 * | [topic length u16 | topic | partition i32 | next offset u64 | tree size u64 | root (32)], sorted by topic bytes, then partition
 * ```
 * @throws AppError LEDGER_HEAD_UNSORTED, LEDGER_HEAD_MALFORMED
 */
export function headBytes(head: TreeHead): Buffer {
  const parts = [Buffer.from(MAGIC), text(head.installation), long(head.sequence), hashOf(head.previous)];
  parts.push(long(head.time), text(head.keyId), int(head.partitions.length));
  head.partitions.forEach((entry, at) => {
    if (at > 0 && inHeadOrder(head.partitions[at - 1], entry) >= 0) {
      throw ledgerError(
        'LEDGER_HEAD_UNSORTED',
        `Head ${head.sequence} lists ${entry.topic}/${entry.partition} out of order or twice. Sort its partitions by topic, then by number.`,
      );
    }
    parts.push(text(entry.topic), int(entry.partition), long(entry.nextOffset), long(entry.treeSize));
    parts.push(hashOf(entry.root));
  });
  return Buffer.concat(parts);
}

/** What the next head names as `previous`, and an anchor keeps: SHA-256 of `headBytes`. */
export const headHash = (head: TreeHead): Buffer => sha256(headBytes(head));

export function signHead(head: Omit<TreeHead, 'keyId'>, signer: HeadSigner): SignedTreeHead {
  const unsigned = { ...head, keyId: signer.keyId };
  return { ...unsigned, signature: sign(null, headBytes(unsigned), signer.privateKey) };
}

/** Why this head does not hold by itself, as a sentence; undefined when it does. Never throws. */
export function headFault(head: SignedTreeHead, installation: string, findKey: FindKey): string | undefined {
  if (head.installation !== installation) return `it belongs to the installation ${head.installation}`;
  const key = findKey(head.keyId);
  if (key === undefined) return `it is signed with the key ${head.keyId}, which is not trusted`;
  try {
    if (key.asymmetricKeyType === 'ed25519' && verify(null, headBytes(head), key, head.signature)) return undefined;
    return `its signature does not fit the key ${head.keyId}`;
  } catch (error) {
    return `its signature cannot be checked: ${(error as Error).message}`;
  }
}

/** Why `head` does not follow `before` (undefined before the first), as a sentence; undefined when it does. */
export function chainFault(before: TreeHead | undefined, head: TreeHead): string | undefined {
  if (before === undefined) {
    if (head.sequence !== 0) return `the chain begins with head ${head.sequence}, head 0 is missing`;
    return head.previous.equals(NO_PREVIOUS) ? undefined : 'the first head names one before it';
  }
  if (head.sequence !== before.sequence + 1) return `it follows head ${before.sequence}`;
  if (!head.previous.equals(headHash(before))) return `it does not name the hash of head ${before.sequence}`;
  if (head.time < before.time)
    return `its time ${head.time} lies before that of head ${before.sequence}, ${before.time}`;
  return entriesFault(before, head);
}

function entriesFault(before: TreeHead, head: TreeHead): string | undefined {
  const now = new Map(head.partitions.map((entry) => [`${entry.topic}/${entry.partition}`, entry]));
  for (const old of before.partitions) {
    const name = `${old.topic}/${old.partition}`;
    const entry = now.get(name);
    if (entry === undefined) return `it no longer covers ${name}`;
    if (entry.nextOffset < old.nextOffset || entry.treeSize < old.treeSize) return `its tree of ${name} is shorter`;
    if (entry.treeSize === old.treeSize && !entry.root.equals(old.root)) return `its tree of ${name} changed`;
  }
  return undefined;
}

/** `headBytes` with the signature behind them: how a head is stored and sent. */
export const encodeHead = (head: SignedTreeHead): Buffer => Buffer.concat([headBytes(head), head.signature]);

/** @throws AppError LEDGER_HEAD_MALFORMED */
export function decodeHead(bytes: Buffer): SignedTreeHead {
  let at = 0;
  const take = (count: number): Buffer => {
    if (count > bytes.length - at) throw malformed(`it ends after ${bytes.length} bytes`);
    at += count;
    return Buffer.from(bytes.subarray(at - count, at));
  };
  const takeText = () => take(take(2).readUInt16BE(0)).toString('utf8');
  const takeLong = () => Number(take(8).readBigInt64BE(0));
  if (take(MAGIC.length).toString('latin1') !== MAGIC) throw malformed(`it does not begin with ${MAGIC}`);
  const head = { installation: takeText(), sequence: takeLong(), previous: take(HASH_BYTES), time: takeLong() };
  const keyId = takeText();
  const count = take(4).readUInt32BE(0);
  const partitions: PartitionHead[] = [];
  for (let i = 0; i < count; i++) {
    const [topic, partition] = [takeText(), take(4).readInt32BE(0)];
    partitions.push({ topic, partition, nextOffset: takeLong(), treeSize: takeLong(), root: take(HASH_BYTES) });
  }
  const decoded = { ...head, keyId, partitions, signature: take(SIGNATURE_BYTES) };
  if (at !== bytes.length) throw malformed(`${bytes.length - at} bytes follow its signature`);
  if (!encodeHead(decoded).equals(bytes)) throw malformed('it is not in its canonical form');
  return decoded;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length > 0xffff) throw malformed(`a name of ${bytes.length} bytes`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(`the number ${value}`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function hashOf(bytes: Buffer): Buffer {
  if (bytes.length !== HASH_BYTES) throw malformed(`a hash of ${bytes.length} bytes`);
  return bytes;
}

function malformed(found: string) {
  return ledgerError(
    'LEDGER_HEAD_MALFORMED',
    `The tree head cannot be read or written: ${found}. Take its stored bytes unchanged.`,
  );
}
