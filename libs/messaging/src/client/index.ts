export type { IdempotentProducer, OutgoingRecord } from '../producer/idempotent-producer';
export { murmur2, partitionOfKey } from '../producer/murmur2';
export type { FetchedPartition, PartitionReader, ReaderOptions } from '../reader/partition-reader';
export { crc32c } from '../records/crc32c';
export { TransactionIndex, wholeBatches } from '../records/log-batches';
export { BATCH, type RecordBatchBytes } from '../records/record-batch-bytes';
export { RecordBatchWriter, type RecordHeader, recordSizeBound, sealBatch } from '../records/record-batch-writer';
export type { Headers, KafkaRecord, RecordCursor } from '../records/record-cursor';
export { scanBatches } from '../records/scan-batches';
export type { TopicPartition, TransactionScope } from '../transaction/hanging-transactions';
export type {
  TransactionalOffset,
  TransactionalProducer,
  TransactionalProducerOptions,
  TransactionCounts,
  TransactionState,
} from '../transaction/transactional-producer';
export { KafkaCode } from '../wire/error-codes';
export { BackOff, pauseFor } from './back-off';
export { KafkaClient } from './kafka-client';
export { KafkaError } from './kafka-error';
export type { GroupToken } from './offsets';
export type { KafkaSettings } from './settings';
export type { NewTopic, TopicAdmin } from './topic-admin';
