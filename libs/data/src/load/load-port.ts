/** What a load needs of Kafka. `KafkaClient`, `RecordBatchWriter` and the Java client's partitioner fit it as they are. */
export interface LoadPort<Batch> {
  readonly client: {
    readonly admin: {
      /** None when the topic does not exist. */
      partitionsOf(topic: string): Promise<number[]>;
      /** Stable offsets; -1 where there is none. */
      committedOffsets(group: string, topic: string): Promise<Map<number, number>>;
      commitOffsets(group: string, topic: string, offsets: Map<number, number>): Promise<void>;
    };
    transactionalProducer(transactionalId: string, options: { scope: LoadScope }): LoadProducer<Batch>;
  };
  newBatch(): LoadBatch<Batch>;
  /** Which of 0 .. partitions - 1 a record with this key belongs to, as Kafka's own clients decide it. */
  partitionFor(key: Buffer, partitions: number): number;
}

/** All that the transactions of a load write: every partition of its topic, and the offset that counts its rows. */
export interface LoadScope {
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  readonly offset: { readonly group: string; readonly topic: string; readonly partition: number };
}

export interface LoadProducer<Batch> {
  /** Fences whoever used the id before, and aborts what was open. */
  init(): Promise<void>;
  produce(topic: string, partition: number, batch: Batch): Promise<number>;
  sendOffsets(
    group: string,
    offsets: { topic: string; partition: number; offset: number }[],
    token: null,
  ): Promise<void>;
  commit(): Promise<void>;
  close(): Promise<void>;
}

/** Builds one record batch after the other in the same memory: a batch is used up before the next begins. */
export interface LoadBatch<Batch> {
  begin(): unknown;
  add(timestamp: number, key: Buffer | null, value: Buffer | null): unknown;
  finish(): Batch;
  readonly byteLength: number;
  readonly recordCount: number;
}
