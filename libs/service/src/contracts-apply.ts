// `node libs/service/dist/contracts-apply.js`: the step between the schema registry and the services (ARCHITECTURE section 5).
// Progress as JSON lines on standard output; exit code 0 when all is applied, 78 for wrong settings, else 1.
import { AppError } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { applyContracts } from './apply-contracts';
import { createLogger } from './logging/logger';
import { BROKER_SETTINGS, type BrokerValues, openSchemas } from './platform/open-broker';
import { instanceName } from './platform/process-identity';
import { kafkaSettingsOf, processSettings } from './settings/common-settings';
import { readSettings } from './settings/define-settings';

async function main(): Promise<number> {
  const about = { service: 'contracts', instance: instanceName() };
  let logger = createLogger({ ...about, level: 'info' });
  let kafka: KafkaClient | undefined;
  try {
    const settings = readSettings([processSettings.definitions, ...BROKER_SETTINGS], process.env);
    const values = settings as BrokerValues & { MILLRACE_LOG_LEVEL: 'info' };
    const secrets = [values.KAFKA_SASL_PASSWORD, values.SCHEMA_REGISTRY_PASSWORD].filter((one) => one !== undefined);
    logger = createLogger({ ...about, level: values.MILLRACE_LOG_LEVEL, secrets });
    kafka = await KafkaClient.connect(kafkaSettingsOf(values, 'millrace-contracts'), logger);
    await applyContracts(kafka, openSchemas(values), logger);
    return 0;
  } catch (error) {
    logger.error({ err: error }, 'The contracts cannot be applied');
    return error instanceof AppError && error.code === 'SETTINGS_INVALID' ? 78 : 1;
  } finally {
    await kafka?.close();
  }
}

void main().then((code) => process.exit(code));
