import type { AnyRecordSchema, TopicDefinition } from '@millrace/contracts';
import { ControlReader, type Received } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { passOver } from './pass-over';
import { RecordFeed } from './record-feed';

export interface FactsOptions {
  /** Types that are wanted; all of the topic's by default. */
  readonly records?: readonly AnyRecordSchema[];
  /** Which to keep: a topic may be long. */
  readonly keep?: (fact: Received<unknown>) => boolean;
}

/**
 * Facts (or commands) of a control topic as they stand in the log, read to the end as of now. Unreadable records are
 * passed over, as the services do, which dead-letter them.
 */
export async function readFacts(
  context: Context,
  topic: TopicDefinition,
  { records = topic.records, keep = () => true }: FactsOptions = {},
): Promise<Received<unknown>[]> {
  const kafka = await context.kafka();
  const reader = new ControlReader(await context.schemas(), records);
  const [starts, ends] = [await kafka.admin.startOffsets(topic.name), await kafka.admin.endOffsets(topic.name)];
  const facts: Received<unknown>[] = [];
  for (const [partition, end] of ends) {
    const feed = new RecordFeed(kafka, topic.name, partition, starts.get(partition) ?? 0, end);
    try {
      while (feed.next() || (await feed.more())) {
        const fact = await reader.read(feed.at.record()).catch(passOver);
        if (fact && keep(fact)) facts.push(fact);
      }
    } finally {
      await feed.close();
    }
  }
  return facts;
}
