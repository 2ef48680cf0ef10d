import { crashPoint } from '@millrace/contracts';
import type { MemberToken } from '../membership/membership';
import { RecordBatchWriter, recordSizeBound } from '../records/record-batch-writer';
import type { TransactionalProducer } from './kafka-ports';
import type { LaneOutput } from './lane-output';

export interface InputPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset to be read. */
  readonly offset: number;
}

/**
 * What is written may be larger than what was read (dead letters, compressed input), and the broker refuses a batch beyond
 * the topic's limit (1 MiB at least): larger outputs become several batches of the same transaction.
 */
const BATCH_BYTES_MAX = 768 * 1_024;

/**
 * One transaction of a lane: its outputs and the offset of its input, or neither. The first writes of one transactional id
 * go one after the other, because two at once collide in the broker's verification queue.
 */
export class LaneTransaction {
  private readonly writers = new Map<string, RecordBatchWriter>();

  constructor(private readonly producer: TransactionalProducer) {}

  async commit(out: LaneOutput, position: InputPosition, token: MemberToken | null): Promise<void> {
    for (const [name, { topic, partition, records }] of out.targets) {
      const writer = this.writerOf(name).begin();
      for (const { key, value, headers, timestamp } of records) {
        const size = recordSizeBound(key, value, headers);
        if (writer.recordCount > 0 && writer.byteLength + size > BATCH_BYTES_MAX) {
          await this.produce(topic, partition, writer);
          writer.begin();
        }
        writer.add(timestamp, key, value, headers);
      }
      await this.produce(topic, partition, writer);
    }
    crashPoint('lane.before-offsets');
    await this.producer.sendOffsets(
      position.group,
      [{ topic: position.topic, partition: position.partition, offset: position.offset }],
      token,
    );
    crashPoint('lane.after-offsets');
    crashPoint('lane.before-end');
    await this.producer.commit();
    crashPoint('lane.after-end');
  }

  private async produce(topic: string, partition: number, writer: RecordBatchWriter): Promise<void> {
    crashPoint('lane.before-produce');
    await this.producer.produce(topic, partition, writer.finish());
    crashPoint('lane.after-produce');
  }

  /** A writer's buffer is used again for the next transaction of the same target. */
  private writerOf(name: string): RecordBatchWriter {
    let writer = this.writers.get(name);
    if (!writer) {
      writer = new RecordBatchWriter();
      this.writers.set(name, writer);
    }
    return writer;
  }
}
