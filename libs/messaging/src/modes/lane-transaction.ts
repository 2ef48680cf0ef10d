import { crashPoint } from '@millrace/contracts';
import type { MemberToken } from '../membership/membership';
import type { TransactionalProducer } from './kafka-ports';
import type { LaneTarget } from './lane-output';

export interface InputPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset to be read. */
  readonly offset: number;
}

/**
 * One transaction of a lane: its outputs and the offset of its input, or neither.
 *
 * All partitions are added in one request; their batches then travel side by side, except that the producer lets the first
 * writes of one transactional id go one after the other (two at once collide in the broker's verification queue).
 */
export async function commitLane(
  producer: TransactionalProducer,
  targets: readonly LaneTarget[],
  { group, topic, partition, offset }: InputPosition,
  token: MemberToken | null,
): Promise<void> {
  if (targets.length > 0) {
    crashPoint('lane.before-produce');
    if (targets.length > 1) await producer.addPartitions(targets.map((target) => ({ ...target })));
    await allSettled(targets.map((target) => produceAll(producer, target)));
    crashPoint('lane.after-produce');
  }
  crashPoint('lane.before-offsets');
  await producer.sendOffsets(group, [{ topic, partition, offset }], token);
  crashPoint('lane.after-offsets');
  crashPoint('lane.before-end');
  await producer.commit();
  crashPoint('lane.after-end');
}

async function produceAll(producer: TransactionalProducer, { topic, partition, batches }: LaneTarget): Promise<void> {
  for (const batch of batches) await producer.produce(topic, partition, batch);
}

/** Throws the first error only when nothing is in flight any more: the buffers are used again afterwards. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}
