import type { Logger } from '@millrace/contracts';
import type { logCreator } from 'kafkajs';

/**
 * Sends the log of kafkajs to ours as debug lines, whatever it calls them: a lost connection or an unknown topic is an error to
 * kafkajs, but ordinary to us, because the layer above retries and reports what matters in its own words.
 */
export function kafkajsLogCreator(logger: Logger): logCreator {
  return () => (entry) => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = entry.log;
    logger.debug({ ...fields, source: `kafkajs ${entry.namespace}`, level: entry.label }, message);
  };
}
