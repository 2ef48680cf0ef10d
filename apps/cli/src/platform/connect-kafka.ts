import type { Logger } from '@millrace/contracts';
import { KafkaClient, kafkaSettingsFrom } from '@millrace/messaging';
import { CliError, EXIT } from '../terminal/cli-error';
import type { Platform } from './find-platform';

/** The CLI's own connection; TLS and SASL come from the same environment variables as for the services. */
export async function connectCli(platform: Platform, logger: Logger): Promise<KafkaClient> {
  if (platform.brokers.length === 0)
    throw new CliError(
      'This command reads or writes topics and needs the broker: set KAFKA_BROKERS, or run it where npm start runs.',
      EXIT.usage,
    );
  const settings = kafkaSettingsFrom(
    { ...process.env, KAFKA_BROKERS: platform.brokers.join(','), MILLRACE_PREFIX: platform.prefix },
    'millrace-cli',
  );
  return KafkaClient.connect(settings, logger);
}
