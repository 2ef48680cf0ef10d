import type { Logger } from '@millrace/contracts';
import { DirectEvents, KafkaClient, RecordEncoder, SchemaRegistryClient } from '@millrace/messaging';
import { untilReachable } from '../lifecycle/until-reachable';
import { kafkaSettings, kafkaSettingsOf, schemaRegistrySettings } from '../settings/common-settings';
import type { ValuesOf } from '../settings/define-settings';
import type { ProcessContext } from './process-context';

export type BrokerValues = ValuesOf<typeof kafkaSettings> & ValuesOf<typeof schemaRegistrySettings>;

/** The groups of settings that are read here. */
export const BROKER_SETTINGS = [kafkaSettings.definitions, schemaRegistrySettings.definitions] as const;

/** How long an answer of the broker to "are you there" is believed, and waited for. */
const PING = { maxAgeMs: 4_000, timeoutMs: 3_000 };

/** Connects to the broker, waiting for it if need be; whether it still answers is part of /health/ready from then on. */
export async function openBroker(context: ProcessContext, values: BrokerValues) {
  const { service, instance, clock, logger, health, shutdown, stopping } = context;
  const settings = kafkaSettingsOf(values, `millrace-${service}`);
  const reach = { name: 'kafka', health, logger, signal: stopping };
  const kafka = await untilReachable(() => connect(settings, logger, shutdown, instance), reach);
  health.probe('kafka', async () => kafka.finalizedFeatures().then(() => null), PING);

  const schemas = openSchemas(values);
  const encoder = new RecordEncoder(schemas, service);
  const producer = kafka.idempotentProducer();
  const directEvents = new DirectEvents(producer, encoder, clock, (topic) => kafka.prefixed(topic));
  return { kafka, schemas, encoder, producer, directEvents };
}

export function openSchemas(values: BrokerValues): SchemaRegistryClient {
  const { SCHEMA_REGISTRY_URL: url, SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = values;
  return new SchemaRegistryClient({
    url,
    prefix: values.MILLRACE_PREFIX,
    ...(username === undefined ? {} : { basicAuth: { username, password: password ?? '' } }),
  });
}

async function connect(
  settings: ReturnType<typeof kafkaSettingsOf>,
  logger: Logger,
  shutdown: ProcessContext['shutdown'],
  instance: string,
): Promise<KafkaClient> {
  const kafka = await KafkaClient.connect(settings, logger.child({ part: 'kafka' }));
  shutdown.opened('broker connections', () => kafka.close());
  logger.info({ brokers: settings.brokers, prefix: settings.prefix, instance }, 'Connected to the broker');
  return kafka;
}
