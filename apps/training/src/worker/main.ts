import { randomUUID } from 'node:crypto';
import { DirectEvents, RecordEncoder } from '@millrace/messaging';
import { failToStart, onStopRequest, openWorker } from '@millrace/service';
import { trainingWorkerSettings } from '../training.settings';
import { TrainingWorker } from './training-worker';
import { WorkerReports } from './worker-reports';

const STOP_LIMIT_MS = 10_000;

/** A training worker: `main.js [<worker id>]` and the environment of the service. It needs no database and no parent. */
async function main(worker: string): Promise<void> {
  const own = trainingWorkerSettings.read(process.env);
  const { logger, clock, kafka, schemas, artifacts } = await openWorker('training', 'training-worker');
  const producer = kafka.idempotentProducer();
  const encoder = new RecordEncoder(schemas, 'training-worker');
  const events = new DirectEvents(producer, encoder, clock, (topic) => kafka.prefixed(topic));
  const training = new TrainingWorker({
    worker,
    client: kafka,
    schemas,
    reports: new WorkerReports(events, worker, { uuid: randomUUID }),
    artifacts,
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
    await kafka.close();
    process.exit(0);
  };
  const stopOrDie = () => void stop().catch(() => process.exit(1));
  onStopRequest(stopOrDie);
  void training.idle.then(stopOrDie);
  await training.start();
  logger.info({ worker }, 'The training worker is ready for jobs');
}

main(process.argv[2] ?? randomUUID()).catch((error: Error) => failToStart('training', 'training-worker', error));
