import { AppError } from '@millrace/contracts';

export interface StoredArtifact {
  /** SHA-256 of the bytes: 64 small hex digits. It is the artifact's only name. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * Bytes too big for an event, named by their content. Events carry digest and size; whoever loads an artifact gets exactly the bytes
 * that the digest names, or an error:
 *
 * - `ARTIFACT_DIGEST_INVALID`: the name is no digest; nothing was looked up
 * - `ARTIFACT_NOT_FOUND`: the store answers and does not have it
 * - `ARTIFACT_CORRUPT`: the stored bytes are not the ones named; they are never handed out
 * - `ARTIFACT_STORE_UNREACHABLE`, `ARTIFACT_STORE_FULL` (`InfrastructureError`): pause and try again
 */
export interface ArtifactStore {
  /** Keeps the bytes for good before it resolves. The same bytes again, also at the same time, are one artifact. */
  put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredArtifact>;
  /** The verified bytes, in memory. */
  get(digest: string): Promise<Buffer>;
  /** Path of a local file with the verified bytes, for readers that want a file. Do not write to it. */
  open(digest: string): Promise<string>;
  /** Whether the store has it; says nothing about the health of the bytes. */
  has(digest: string): Promise<boolean>;
}

const DIGEST = /^[0-9a-f]{64}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Everything that becomes part of a path passes here: a digest cannot climb out of the store. */
export function checkDigest(text: string): void {
  if (isDigest(text)) return;
  throw new AppError({
    code: 'ARTIFACT_DIGEST_INVALID',
    message: `${JSON.stringify(text.slice(0, 80))} is no artifact digest: 64 small hex digits of SHA-256 are.`,
    retriable: false,
  });
}
