export { HEAD_WITHIN_MS, HeadMaker } from './head/head-maker';
export {
  type KeyRotation,
  LedgerKeys,
  rotationBytes,
  type SignedKeyRotation,
  signRotation,
} from './head/key-rotation';
export { PartitionTrees, type StoredTree } from './head/partition-trees';
export * from './head/tree-head';
export { LeafEncoder, type LedgerRecord, type RecordPosition } from './leaf/leaf-encoder';
export { MerkleFrontier } from './merkle/frontier';
export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from './merkle/hashes';
export { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './merkle/proofs';
export { StreamedProof } from './merkle/streamed-proof';
export { ChainOnLog, type PlacedLink } from './verify/chain-on-log';
export { type ChainedHead, type ChainLink, ChainWalk, nameOf } from './verify/chain-walk';
export { type Checkpoint, checkPartition, type PartitionCheck, type PartitionFault } from './verify/check-partition';
export type { Finding } from './verify/finding';
export { KafkaPartition } from './verify/kafka-partition';
export type { RecordSource, SourceCursor } from './verify/record-source';
export { SegmentFiles } from './verify/segment-files';
export { type FindSource, type LedgerToVerify, type Trimmed, type Verdict, verifyLedger } from './verify/verify-ledger';
