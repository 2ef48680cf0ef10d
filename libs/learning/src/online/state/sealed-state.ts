import { createHash } from 'node:crypto';
import { LearningError } from '../../learning-error';
import { ByteReader, damaged } from './byte-reader';
import { ByteWriter } from './byte-writer';

/** Goes up when the same examples give other bytes. It is part of every fingerprint, so older states are rebuilt from the log. */
export const ONLINE_VERSION = '1.1.0';

const MAGIC = 'MROL';
const DIGEST_BYTES = 32;

/**
 * The frame around every state:
 *
 * ```
 * 4 bytes "MROL" | u32 length + fingerprint (hex) | u32 length + body | 32 bytes SHA-256 of all before
 * ```
 *
 * `fingerprint` is the digest of what must be equal on both sides: kind, version, inputs, parameters.
 */
export function sealState(fingerprint: string, write: (body: ByteWriter) => void): Buffer {
  const body = new ByteWriter();
  write(body);
  const framed = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    new ByteWriter().text(fingerprint).block(body.toBuffer()).toBuffer(),
  ]);
  return Buffer.concat([framed, sha256(framed)]);
}

/**
 * @param mostBytes of the body.
 * @param read reads the body to its end.
 * @throws LearningError LEARNING_STATE_DAMAGED when a byte is not as it was written, LEARNING_STATE_MISMATCH when the state is
 *   whole but belongs to other inputs, parameters or another version.
 */
export function openState<T>(
  fingerprint: string,
  bytes: Uint8Array,
  mostBytes: number,
  read: (body: ByteReader) => T,
): T {
  const overhead = MAGIC.length + 8 + fingerprint.length + DIGEST_BYTES;
  if (bytes.length > overhead + mostBytes) throw damaged(`has ${bytes.length} bytes, more than a learner can have`);
  const end = bytes.length - DIGEST_BYTES;
  if (end < MAGIC.length || Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC)
    throw damaged('does not begin as one');
  if (Buffer.compare(sha256(bytes.subarray(0, end)), bytes.subarray(end)) !== 0)
    throw damaged('does not have the digest that it was written with');
  const frame = new ByteReader(bytes.subarray(MAGIC.length, end));
  if (frame.text(fingerprint.length) !== fingerprint) throw mismatch();
  const body = new ByteReader(frame.block(mostBytes));
  frame.end();
  const result = read(body);
  body.end();
  return result;
}

/** Hex SHA-256: equal states, equal hashes. */
export const hashOfState = (state: Uint8Array): string => sha256(state).toString('hex');

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

function mismatch(): LearningError {
  const message =
    'The state belongs to a learner with other inputs, other parameters or of another version. Rebuild it from the log.';
  return new LearningError('LEARNING_STATE_MISMATCH', message);
}
