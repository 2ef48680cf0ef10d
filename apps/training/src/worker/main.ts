import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { FileArtifactStore } from '@millrace/artifacts';
import { DirectEvents, KafkaClient, RecordEncoder, SchemaRegistryClient } from '@millrace/messaging';
import {
  artifactSettings,
  createLogger,
  dieOnUncaughtErrors,
  kafkaSettings,
  kafkaSettingsOf,
  onStopRequest,
  processSettings,
  schemaRegistrySettings,
} from '@millrace/service';
import { trainingWorkerSettings } from '../training.settings';
import { TrainingWorker } from './training-worker';
import { WorkerReports } from './worker-reports';

const STOP_LIMIT_MS = 10_000;

/** A training worker: `main.js [<worker id>]` and the environment of the service. It needs no database and no parent. */
async function main(worker: string): Promise<void> {
  const { MILLRACE_LOG_LEVEL: level } = processSettings.read(process.env);
  const kafka = kafkaSettings.read(process.env);
  const registry = schemaRegistrySettings.read(process.env);
  const own = trainingWorkerSettings.read(process.env);
  const logger = createLogger({ service: 'training', instance: `${hostname()}:${process.pid}`, level }).child({
    part: 'worker',
  });
  dieOnUncaughtErrors(() => logger);
  const clock = { now: Date.now };
  const client = await KafkaClient.connect(kafkaSettingsOf(kafka, 'millrace-training-worker'), logger);
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = registry;
  const schemas = new SchemaRegistryClient({
    url: registry.SCHEMA_REGISTRY_URL,
    prefix: kafka.MILLRACE_PREFIX,
    ...(username === undefined ? {} : { basicAuth: { username, password: password ?? '' } }),
  });
  const producer = client.idempotentProducer();
  const encoder = new RecordEncoder(schemas, 'training-worker');
  const events = new DirectEvents(producer, encoder, clock, (topic) => client.prefixed(topic));
  const training = new TrainingWorker({
    worker,
    client,
    schemas,
    reports: new WorkerReports(events, worker, { uuid: randomUUID }),
    artifacts: new FileArtifactStore(artifactSettings.read(process.env).MILLRACE_ARTIFACTS, clock),
    clock,
    logger,
    checkpointMs: own.MILLRACE_TRAINING_CHECKPOINT,
    idleMs: own.MILLRACE_TRAINING_IDLE,
  });

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    await training.stop();
    await producer.close();
    await client.close();
    process.exit(0);
  };
  const stopOrDie = () => void stop().catch(() => process.exit(1));
  onStopRequest(stopOrDie);
  void training.idle.then(stopOrDie);
  await training.start();
  logger.info({ worker }, 'The training worker is ready for jobs');
}

main(process.argv[2] ?? randomUUID()).catch((error: Error) => {
  process.stderr.write(
    `${JSON.stringify({ level: 'error', service: 'training', part: 'worker', msg: error.message })}\n`,
  );
  process.exit(1);
});
