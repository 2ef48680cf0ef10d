/** What the modes need of the low level; `KafkaClient` gives it. Kept in one place, so that specs can stand in for it. */
export type { KafkaClient } from '../client/kafka-client';
export type { TopicAdmin } from '../client/topic-admin';
export type { IdempotentProducer, OutgoingRecord } from '../producer/idempotent-producer';
export type { FetchedPartition, PartitionReader } from '../reader/partition-reader';
export type { RecordBatchBytes } from '../records/record-batch-bytes';
export type { KafkaRecord, RecordCursor } from '../records/record-cursor';
export type { TransactionalProducer } from '../transaction/transactional-producer';
