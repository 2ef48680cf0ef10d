import type { RecordPosition } from '../leaf/leaf-encoder';

/** Stands on one committed record after another; `RecordCursor` of messaging is one. */
export interface SourceCursor extends RecordPosition {
  next(): boolean;
}

/** The committed records of one partition, in offset order, without control batches. Kafka and segment files are such sources. */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is still there; above 0 when the log was trimmed. */
  start(): Promise<number>;
  /**
   * @param from nothing below it is needed; a source may give it all the same
   * @throws KafkaError where the bytes cannot be read; its context names the offset
   */
  cursors(from?: number): AsyncIterable<SourceCursor>;
}
