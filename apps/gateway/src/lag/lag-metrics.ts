import type { Logger } from '@millrace/contracts';
import type { Collect, Metrics } from '@millrace/service';
import type { LagReading, ReadLag } from './read-lag';

/**
 * Offsets and lag under the names and labels of kafka_exporter (https://github.com/danielqsj/kafka_exporter), so that dashboards and
 * rules made for it work. While the broker is away there are no series, and `/metrics` still answers.
 */
export function addLagMetrics(metrics: Pick<Metrics, 'gauge'>, lag: Pick<ReadLag, 'take'>, logger: Logger): void {
  const each =
    (tell: (reading: LagReading, set: Parameters<Collect>[0]) => void): Collect =>
    async (set) => {
      const reading = await lag.take().catch((error: Error) => {
        logger.debug({ reason: error.message }, 'No offsets for this scrape');
      });
      if (reading) tell(reading, set);
    };
  metrics.gauge(
    'kafka_consumergroup_lag',
    'Current approximate lag of a consumer group at a topic and partition.',
    ['consumergroup', 'topic', 'partition'],
    each(({ groups }, set) => {
      for (const { group, topic, partition, lag } of groups) set(lag, { consumergroup: group, topic, partition });
    }),
  );
  metrics.gauge(
    'kafka_consumergroup_lag_sum',
    'Current approximate lag of a consumer group at a topic, all partitions together.',
    ['consumergroup', 'topic'],
    each(({ groups }, set) => {
      for (const [key, lag] of sumsOf(groups, (position) => position.lag)) set(lag, labelsOf(key));
    }),
  );
  metrics.gauge(
    'kafka_consumergroup_current_offset',
    'Current offset of a consumer group at a topic and partition.',
    ['consumergroup', 'topic', 'partition'],
    each(({ groups }, set) => {
      for (const { group, topic, partition, offset } of groups) set(offset, { consumergroup: group, topic, partition });
    }),
  );
  metrics.gauge(
    'kafka_consumergroup_current_offset_sum',
    'Current offset of a consumer group at a topic, all partitions together.',
    ['consumergroup', 'topic'],
    each(({ groups }, set) => {
      for (const [key, offset] of sumsOf(groups, (position) => position.offset)) set(offset, labelsOf(key));
    }),
  );
  metrics.gauge(
    'kafka_topic_partition_current_offset',
    'Next offset of a topic and partition.',
    ['topic', 'partition'],
    each(({ partitions }, set) => {
      for (const { topic, partition, end } of partitions) set(end, { topic, partition });
    }),
  );
  metrics.gauge(
    'kafka_topic_partition_oldest_offset',
    'First offset of a topic and partition that is kept.',
    ['topic', 'partition'],
    each(({ partitions }, set) => {
      for (const { topic, partition, oldest } of partitions) set(oldest, { topic, partition });
    }),
  );
  metrics.gauge(
    'kafka_topic_partitions',
    'Number of partitions of a topic.',
    ['topic'],
    each(({ partitions }, set) => {
      for (const topic of new Set(partitions.map((one) => one.topic)))
        set(partitions.filter((one) => one.topic === topic).length, { topic });
    }),
  );
}

type Position = LagReading['groups'][number];

/** Neither groups nor topics may hold a blank. */
const labelsOf = (key: string) => {
  const [consumergroup = '', topic = ''] = key.split(' ');
  return { consumergroup, topic };
};

function sumsOf(positions: readonly Position[], of: (position: Position) => number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const position of positions) {
    const key = `${position.group} ${position.topic}`;
    sums.set(key, (sums.get(key) ?? 0) + of(position));
  }
  return sums;
}
