import { failToStart, onStopRequest, openWorker } from '@millrace/service';
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
  const { logger, clock, kafka, schemas, artifacts } = await openWorker('inference', 'lane-worker');
  const recorder = new FlightRecorder(recorderFile);
  const worker = new LaneWorker({ client: kafka, schemas, artifacts, recorder, clock, logger });
  putAway = async () => {
    await worker.stop();
    await kafka.close();
  };
  setInterval(() => process.connected && process.send?.(worker.report()), REPORT_MS).unref();
  await worker.start();
  logger.info({ pid: process.pid }, 'The lane worker runs');
}

main(process.argv[2] ?? '').catch((error: Error) => failToStart('inference', 'lane-worker', error));
