import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileArtifactStore } from '@millrace/artifacts';
import type { DatasetRegistered, StartTraining, TrainingPlan } from '@millrace/contracts';
import { DatasetWriter, type WrittenPart } from '@millrace/data';
import { Random } from '@millrace/learning';

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Flight',
  fields: [
    { name: 'date', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'delay', type: 'double' },
    { name: 'distance', type: ['null', 'double'] },
    { name: 'origin', type: 'string' },
  ],
});
const JANUARY = Date.UTC(2001, 0, 1);
const MINUTE = 60_000;

/** Flights that are late by a rule with noise: in the evening, on short distances, from some airports more often. */
export async function writeFlights(
  artifacts: FileArtifactStore,
  folder: string,
  dataset: string,
  rows: number,
): Promise<DatasetRegistered> {
  const parts = join(folder, dataset.replace(':', '-'));
  await mkdir(parts, { recursive: true });
  const writer = await DatasetWriter.create({
    folder: parts,
    schema: SCHEMA,
    eventTimeField: 'date',
    holdOut: { fraction: 0.25 },
  });
  const random = new Random(7, 0);
  for (let row = 0; row < rows; row++) {
    const date = JANUARY + row * 7 * MINUTE;
    const distance = row % 97 === 0 ? null : 100 + Math.floor(random.uniform() * 2_000);
    const airport = Math.floor(random.uniform() * 20);
    const evening = (date / (60 * MINUTE)) % 24 > 16 ? 12 : 0;
    const delay = evening + airport + ((distance ?? 0) < 500 ? 8 : 0) + (random.uniform() - 0.5) * 30;
    const value = { date, delay, distance, origin: `A${airport}` };
    writer.add({ partition: 0, offset: row, key: null, bytes: Buffer.from(JSON.stringify(value)), value });
  }
  const written = await writer.finish();
  writer.close();
  const part = async ({ path, rows, minEventTime, maxEventTime }: WrittenPart) => ({
    artifact: { ...(await artifacts.put(await readFile(path))), mediaType: 'application/vnd.apache.parquet' },
    rows,
    minEventTime,
    maxEventTime,
  });
  return {
    aggregateVersion: 1,
    occurredAt: JANUARY,
    dataset,
    source: dataset.split(':')[0] ?? '',
    number: 1,
    topic: 'data.flights.accepted.v1',
    ranges: [{ partition: 0, from: 0, to: rows }],
    rows,
    digest: written.digest,
    schemaId: 1,
    schema: SCHEMA,
    columns: [...written.columns],
    split: written.split,
    holdOutFrom: written.holdOutFrom,
    training: await part(written.training),
    holdOut: await part(written.holdOut),
    requestedBy: 'ann',
  };
}

export const flightsPlan = (change: Partial<TrainingPlan> = {}): TrainingPlan => ({
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'delay', threshold: 15, meaning: 'late' },
  features: [
    { name: 'origin', column: 'origin', kind: 'CATEGORY', meaning: 'airport', closed: false },
    { name: 'distance', column: 'distance', kind: 'NUMBER', meaning: 'miles', closed: false },
    { name: 'departure', column: 'date', kind: 'TIME', meaning: 'actual departure', closed: false },
  ],
  candidates: [
    { name: 'logistic', learner: 'logistic-regression', parameters: {} },
    { name: 'trees', learner: 'gradient-boosted-trees', parameters: { trees: 30, depth: 4, learningRate: 0.1 } },
  ],
  folds: 3,
  searchRows: 2_000,
  seed: 2001,
  ...change,
});

export const startTraining = (run: string, change: Partial<StartTraining> = {}): StartTraining => ({
  run,
  model: 'late',
  dataset: 'flights:1',
  plan: flightsPlan(),
  ...change,
});
