import { crashPoint } from '@millrace/contracts';
import type { MemberToken } from '../membership/membership';
import { RecordBatchWriter } from '../records/record-batch-writer';
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
 * One transaction of a lane: its outputs and the offset of its input, or neither. The first writes of one transactional id
 * go one after the other, because two at once collide in the broker's verification queue.
 */
export class LaneTransaction {
  private readonly writers = new Map<string, RecordBatchWriter>();

  constructor(private readonly producer: TransactionalProducer) {}

  async commit(out: LaneOutput, position: InputPosition, token: MemberToken | null): Promise<void> {
    for (const [name, { topic, partition, records }] of out.targets) {
      const writer = this.writerOf(name).begin();
      for (const { key, value, headers, timestamp } of records) writer.add(timestamp, key, value, headers);
      crashPoint('lane.before-produce');
      await this.producer.produce(topic, partition, writer.finish());
      crashPoint('lane.after-produce');
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
