export { MerkleFrontier } from './merkle/frontier';
export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from './merkle/hashes';
export { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './merkle/proofs';
