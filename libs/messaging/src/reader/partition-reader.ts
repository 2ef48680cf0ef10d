import type { KafkaError } from '../client/kafka-error';
import type { RecordCursor } from '../records/record-cursor';

export interface ReaderOptions {
  /** A hint for the log; partitions name their topic when they are assigned. */
  topic?: string;
  /** `committed` (the default) reads up to the last stable offset and leaves aborted records out. */
  isolation?: 'committed' | 'uncommitted';
  /** How long the broker holds a fetch that finds nothing. Milliseconds, 500 unless given. */
  maxWaitMs?: number;
  /** Of one partition in one fetch; a larger batch comes alone and whole. Bytes, 1 MiB unless given. */
  maxBytes?: number;
  /** What a fetch waits for. Bytes, 1 unless given. */
  minBytes?: number;
  /** Told of every trouble that is retried inside. */
  onTrouble?(error: KafkaError): void;
  /** Told of every answer without an error, records or not: the partition is being read. */
  onAnswer?(topic: string, partition: number): void;
}

/** What one fetch found in one partition. */
export interface FetchedPartition {
  topic: string;
  partition: number;
  fetchOffset: number;
  /** Next offset to fetch, past aborted and control batches; the reader's position already stands there. */
  nextOffset: number;
  lastStableOffset: number;
  logStartOffset: number;
  highWatermark: number;
  /** As they came over the wire, compressed. */
  bytes: number;
  /** Records left out because their transaction was aborted. */
  abortedRecords: number;
  records: RecordCursor;
}

/**
 * Reads several partitions over sockets of its own, one long poll per leader. What is assigned, sought or resumed while a long
 * poll hangs is asked for at once over a second socket. Nothing is fetched ahead of `fetch()`: who does not call it is not
 * flooded; who wants the next data while working calls it before working.
 *
 * Lost connections, moved leaders and malformed responses are retried inside with back-off, and told to `onTrouble`. What a
 * retry cannot cure is thrown by `fetch()`: an offset out of range is never jumped over.
 */
export interface PartitionReader {
  /** May be called at any time; assigning again is seeking. */
  assign(topic: string, partition: number, offset: number | 'start' | 'end'): void;
  unassign(topic: string, partition: number): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  seek(topic: string, partition: number, offset: number): void;
  /** Next offset to be delivered; -1 until a 'start' or 'end' is resolved. */
  position(topic: string, partition: number): number;
  /**
   * What the brokers have; [] after `maxWaitMs` without data, or when the signal aborts. One call at a time.
   * @throws KafkaError KAFKA_OFFSET_OUT_OF_RANGE (context: the range), KAFKA_MALFORMED_BATCH, KAFKA_UNREADABLE_BATCH, rights missing
   */
  fetch(signal: AbortSignal): Promise<FetchedPartition[]>;
  close(): Promise<void>;
}
