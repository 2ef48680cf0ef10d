import { createHash } from 'node:crypto';

/** What a release is about: whoever changes any of it wants another release. */
export interface ReleaseContent {
  readonly endpoint: string;
  readonly major: number;
  /** SHA-256 of the model file, lowercase hex. */
  readonly digest: string;
  readonly strategy: string;
}

/**
 * What an approval is tied to: SHA-256, lowercase hex, over the UTF-8 lines `millrace-release-v1`, endpoint, major, digest
 * of the version, strategy. None of them can hold a line feed. Whoever has the log can compute it again.
 */
export function releaseBinding({ endpoint, major, digest, strategy }: ReleaseContent): string {
  return createHash('sha256')
    .update(['millrace-release-v1', endpoint, major, digest, strategy].join('\n'))
    .digest('hex');
}
