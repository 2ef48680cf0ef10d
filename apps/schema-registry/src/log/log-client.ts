import type {
  KafkaClient,
  PartitionReader,
  TopicAdmin,
  TransactionalProducer,
  TransactionalProducerOptions,
} from '@millrace/messaging';

/** What the registry needs of a Kafka client: the real one, or a log in memory for specs. */
export interface LogClient {
  readonly admin: Pick<TopicAdmin, 'createTopics' | 'endOffsets'>;
  partitionReader(
    options: Parameters<KafkaClient['partitionReader']>[0],
  ): Pick<PartitionReader, 'assign' | 'fetch' | 'close'>;
  transactionalProducer(
    transactionalId: string,
    options: TransactionalProducerOptions,
  ): Pick<TransactionalProducer, 'init' | 'produce' | 'commit' | 'recover' | 'close'>;
}
