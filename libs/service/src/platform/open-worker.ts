import { hostname } from 'node:os';
import { FileArtifactStore } from '@millrace/artifacts';
import type { Clock, Logger } from '@millrace/contracts';
import { KafkaClient, type SchemaRegistryClient } from '@millrace/messaging';
import { dieOnUncaughtErrors } from '../lifecycle/process-events';
import { createLogger } from '../logging/logger';
import {
  artifactSettings,
  kafkaSettings,
  kafkaSettingsOf,
  processSettings,
  schemaRegistrySettings,
} from '../settings/common-settings';
import { openSchemas } from './open-broker';

export interface WorkerProcess {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly kafka: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly artifacts: FileArtifactStore;
}

/** What a worker process of a service has before its work begins; it reads the same variables as the service. */
export async function openWorker(service: string, part: string): Promise<WorkerProcess> {
  const { MILLRACE_LOG_LEVEL: level } = processSettings.read(process.env);
  const broker = kafkaSettings.read(process.env);
  const logger = createLogger({ service, instance: `${hostname()}:${process.pid}`, level }).child({ part });
  dieOnUncaughtErrors(() => logger);
  const clock = { now: Date.now };
  return {
    logger,
    clock,
    kafka: await KafkaClient.connect(kafkaSettingsOf(broker, `millrace-${part}`), logger),
    schemas: openSchemas({ ...broker, ...schemaRegistrySettings.read(process.env) }),
    artifacts: new FileArtifactStore(artifactSettings.read(process.env).MILLRACE_ARTIFACTS, clock),
  };
}

/** Ends a worker process that could not begin, with the reason in one line of its log. */
export function failToStart(service: string, part: string, error: Error): never {
  process.stderr.write(`${JSON.stringify({ level: 'error', service, part, msg: error.message })}\n`);
  process.exit(1);
}
