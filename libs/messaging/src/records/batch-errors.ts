import { KafkaError } from '../client/kafka-error';

/** The bytes carry a right checksum (or have none) and still are no record batch. */
export function malformedBatch(topic: string, partition: number, offset: number, found: string): KafkaError {
  return new KafkaError({
    code: 'KAFKA_MALFORMED_BATCH',
    message: `The record batch at ${topic}/${partition} offset ${offset} is malformed: ${found}. Nothing was skipped; look at it with kafka-dump-log.`,
    api: 'Fetch',
    kafkaCode: 0,
    retriable: false,
    context: { topic, partition, offset },
  });
}

/** The bytes are not those that were written. */
export function corruptBatch(topic: string, partition: number, offset: number): KafkaError {
  return new KafkaError({
    code: 'KAFKA_CORRUPT_BATCH',
    message: `The record batch at ${topic}/${partition} offset ${offset} has a wrong CRC-32C: its bytes changed on the disk, in memory or on the way. It is fetched again; if it stays wrong, restore the log from a replica.`,
    api: 'Fetch',
    kafkaCode: 0,
    retriable: true,
    context: { topic, partition, offset },
  });
}
