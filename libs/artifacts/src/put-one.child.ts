// A child for crash.spec.ts: tells the digest, then puts the artifact.
import { createHash } from 'node:crypto';
import { FileArtifactStore } from './file-artifact-store';

const bytes = Buffer.alloc(100_000, 7);
console.log(createHash('sha256').update(bytes).digest('hex'));
void new FileArtifactStore(process.argv[2]).put(bytes);
