import { hostname } from 'node:os';
import { FileArtifactStore } from '@millrace/artifacts';
import { KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
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
import type { WorkerOrder } from '../supervision/worker-messages';
import { FlightRecorder } from './flight-recorder';
import { LaneWorker } from './lane-worker';

const REPORT_MS = 1_000;

/** What there is to put away when the process is asked to stop: nothing at first. */
let putAway: () => Promise<void> = async () => {};

/** Heard from the first moment on: a supervisor that dies while its worker starts must not leave it behind. */
function stopWhenAsked(): void {
  const stop = () =>
    putAway().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  onStopRequest(() => void stop());
  process.on('message', (order: WorkerOrder) => {
    if (order.type === 'stop') void stop();
  });
}

/** A lane worker: `main.js <flight recorder file>`, the environment of the service, an IPC channel to its supervisor. */
async function main(recorderFile: string): Promise<void> {
  stopWhenAsked();
  const { MILLRACE_LOG_LEVEL: level } = processSettings.read(process.env);
  const kafka = kafkaSettings.read(process.env);
  const registry = schemaRegistrySettings.read(process.env);
  const logger = createLogger({ service: 'inference', instance: `${hostname()}:${process.pid}`, level }).child({
    part: 'lane-worker',
  });
  dieOnUncaughtErrors(() => logger);
  const clock = { now: Date.now };
  const client = await KafkaClient.connect(kafkaSettingsOf(kafka, 'millrace-lane-worker'), logger);
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = registry;
  const worker = new LaneWorker({
    client,
    schemas: new SchemaRegistryClient({
      url: registry.SCHEMA_REGISTRY_URL,
      prefix: kafka.MILLRACE_PREFIX,
      ...(username === undefined ? {} : { basicAuth: { username, password: password ?? '' } }),
    }),
    artifacts: new FileArtifactStore(artifactSettings.read(process.env).MILLRACE_ARTIFACTS, clock),
    recorder: new FlightRecorder(recorderFile),
    clock,
    logger,
  });
  putAway = async () => {
    await worker.stop();
    await client.close();
  };
  setInterval(() => process.connected && process.send?.(worker.report()), REPORT_MS).unref();
  await worker.start();
  logger.info({ pid: process.pid }, 'The lane worker runs');
}

main(process.argv[2] ?? '').catch((error: Error) => {
  process.stderr.write(
    `${JSON.stringify({ level: 'error', service: 'inference', part: 'lane-worker', msg: error.message })}\n`,
  );
  process.exit(1);
});
