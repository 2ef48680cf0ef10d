import type { RecordPosition } from '../leaf/leaf-encoder';

/** Stands on one committed record after another; `RecordCursor` of messaging is one. */
export interface SourceCursor extends RecordPosition {
  next(): boolean;
}

/** The committed records of one partition, in offset order, without control batches. Kafka and segment files are such sources. */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  /** @throws KafkaError where the bytes cannot be read; its context names the offset */
  cursors(): AsyncIterable<SourceCursor>;
}
