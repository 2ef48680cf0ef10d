import type { MessagingEvents } from '@millrace/messaging';
import type { Metrics } from './metrics';

/** Turns what happens inside the delivery modes into metrics. */
export function addMessagingMetrics(metrics: Metrics, events: MessagingEvents): void {
  const handled = metrics.counter('millrace_handled_records_total', 'Records that a handler worked on.', [
    'topic',
    'record',
    'mode',
  ]);
  const handling = metrics.histogram('millrace_handling_duration_seconds', 'Time that one call of a handler took.', [
    'topic',
    'mode',
  ]);
  events.on('handled', ({ topic, record, mode, records, seconds }) => {
    handled.inc({ topic, record, mode }, records);
    handling.observe(seconds, { topic, mode });
  });

  const repeats = metrics.counter(
    'millrace_repeated_records_total',
    'Records dropped because their event id was known.',
    ['topic', 'mode'],
  );
  events.on('deduplicated', ({ topic, mode }) => repeats.inc({ topic, mode }));

  const deadLetters = metrics.counter('millrace_dead_letters_total', 'Records that became dead letters.', [
    'topic',
    'reason',
  ]);
  events.on('deadLetter', ({ topic, reasonCode }) => deadLetters.inc({ topic, reason: reasonCode }));

  const published = metrics.counter('millrace_outbox_published_total', 'Rows of the outbox that were published.');
  events.on('relayed', ({ rows }) => published.inc({}, rows));

  const laneRecords = metrics.counter('millrace_lane_records_total', 'Records that partition lanes processed.', [
    'topic',
    'partition',
  ]);
  const laneSeconds = metrics.histogram(
    'millrace_lane_transaction_duration_seconds',
    'Time from the fetch of a batch to the commit of its transaction.',
    ['topic'],
  );
  events.on('transaction', ({ topic, partition, records, seconds }) => {
    laneRecords.inc({ topic, partition }, records);
    laneSeconds.observe(seconds, { topic });
  });

  const recoveries = metrics.counter(
    'millrace_lane_recoveries_total',
    'Transactions that a lane had to recover or do again.',
    ['topic', 'code'],
  );
  events.on('laneRecovery', ({ topic, code }) => recoveries.inc({ topic, code }));
}
