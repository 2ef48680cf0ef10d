import { breachOf, type Invariant } from '../violation';

const breach = breachOf('I08');

/** After everything came to rest no outbox holds an unpublished row, and each published one is in its topic with its own bytes. */
export const outboxEmpty: Invariant = function* (history, logs) {
  for (const { service, rows } of history.outboxes) {
    for (const { eventId, topic, published, digest, id } of rows) {
      const row = `row ${id} in the outbox of ${service}, for ${topic},`;
      const found = logs.committedWithId(topic, eventId);
      if (!published) yield breach({ id: eventId }, `${row} was never published`);
      else if (found.length === 0) {
        const trimmed = logs.partitionsOf(topic).some((log) => log.start > 0);
        if (!trimmed) yield breach({ id: eventId }, `${row} is marked as published and is not in the topic`);
      } else {
        const altered = found.find((record) => record.digest !== digest);
        if (altered) yield breach(altered, `${row} has other bytes than this record`);
      }
    }
  }
};
