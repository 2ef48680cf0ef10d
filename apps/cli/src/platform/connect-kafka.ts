import type { Logger } from '@millrace/contracts';
import { KafkaClient, type KafkaSettings } from '@millrace/messaging';
import { CliError, EXIT } from '../terminal/cli-error';
import type { Platform } from './find-platform';

/** The CLI's own connection; TLS and SASL come from the same environment variables as for the services. */
export async function connectCli(platform: Platform, logger: Logger): Promise<KafkaClient> {
  if (platform.brokers.length === 0)
    throw new CliError(
      'This command reads or writes topics and needs the broker: set KAFKA_BROKERS, or run it where npm start runs.',
      EXIT.usage,
    );
  return KafkaClient.connect(settingsOf(platform, process.env), logger);
}

function settingsOf(platform: Platform, environment: NodeJS.ProcessEnv): KafkaSettings {
  const { KAFKA_SSL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = environment;
  return {
    brokers: [...platform.brokers],
    clientId: 'millrace-cli',
    prefix: platform.prefix,
    ...(KAFKA_SSL === 'true' ? { ssl: true } : {}),
    ...(KAFKA_SASL_MECHANISM
      ? {
          sasl: {
            mechanism: KAFKA_SASL_MECHANISM as NonNullable<KafkaSettings['sasl']>['mechanism'],
            username: KAFKA_SASL_USERNAME ?? '',
            password: KAFKA_SASL_PASSWORD ?? '',
          },
        }
      : {}),
  };
}
