import { silentLogger, Topics, topicConfig } from '@millrace/contracts';
import { KafkaClient, type KafkaRecord } from '@millrace/messaging';
import type { InferenceUnderTest, Served } from './inference-under-test';

/** Gives the value that the copy carries instead; null leaves it. */
export type Alter = (record: KafkaRecord) => Buffer | null;

const CHUNK = 1_000;

/**
 * The topics of an endpoint and the facts about it once more under another prefix, where values can be altered, as
 * somebody could who writes to the log. Requests keep their offsets, because nobody wrote them in a transaction.
 */
export async function alteredCopy(
  ground: InferenceUnderTest,
  { created }: Served,
  prefix: string,
  alter: { readonly request: Alter; readonly response: Alter },
): Promise<void> {
  const client = await KafkaClient.connect({ ...ground.kafka.settings, prefix }, silentLogger);
  const producer = client.idempotentProducer();
  const copied: [name: string, partitions: number, change: Alter][] = [
    [Topics.endpoints.name, 1, () => null],
    [Topics.releases.name, 1, () => null],
    [created.requestsTopic, created.partitions, alter.request],
    [created.responsesTopic, created.partitions, alter.response],
  ];
  for (const [name, partitions, change] of copied) {
    await client.admin.createTopics([{ name, partitions, config: topicConfig(Topics.releases) }]);
    const records = await ground.records(name);
    for (let at = 0; at < records.length; at += CHUNK)
      await producer.send(
        name,
        records.slice(at, at + CHUNK).map((record) => ({
          partition: record.partition,
          key: record.key,
          value: change(record) ?? record.value,
        })),
      );
  }
  await producer.close();
  await client.close();
}
