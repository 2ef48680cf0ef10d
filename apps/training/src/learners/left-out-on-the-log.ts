import { LearnerForked, LearnerRolledBack, type LeftOut, Topics } from '@millrace/contracts';
import { ControlReader, type KafkaClient, readRanges, type SchemaRegistryClient } from '@millrace/messaging';

const NEVER = new AbortController().signal;

/** What a learner leaves out, as its own facts on the log say. */
export async function leftOutOnTheLog(
  client: KafkaClient,
  registry: SchemaRegistryClient,
  learner: string,
): Promise<readonly LeftOut[]> {
  const topic = Topics.learners.name;
  const reader = new ControlReader(registry, [LearnerForked, LearnerRolledBack]);
  const starts = await client.admin.startOffsets(topic);
  const ends = await client.admin.endOffsets(topic, 'committed');
  const ranges = [...ends].map(([partition, to]) => ({ topic, partition, from: starts.get(partition) ?? 0, to }));
  let leftOut: readonly LeftOut[] = [];
  for await (const { records } of readRanges(client, ranges, NEVER))
    while (records.next()) {
      const fact = await reader.read(records.record());
      if (fact?.key === learner) leftOut = (fact.data as LearnerForked | LearnerRolledBack).leftOut;
    }
  return leftOut;
}
