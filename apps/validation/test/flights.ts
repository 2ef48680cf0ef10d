import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileArtifactStore } from '@millrace/artifacts';
import type { DatasetRegistered } from '@millrace/contracts';
import { DatasetWriter, type WrittenPart } from '@millrace/data';

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Flight',
  fields: [
    { name: 'date', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'delay', type: 'long' },
    { name: 'distance', type: ['null', 'double'] },
    { name: 'origin', type: 'string' },
  ],
});
const JANUARY = Date.UTC(2001, 0, 1);
const MINUTE = 60_000;

export interface Flight {
  readonly date: number;
  readonly delay: number;
  readonly distance: number | null;
  readonly origin: string;
}

/** Flights without an accident in them; `spoil` changes some. */
export async function writeFlights(
  artifacts: FileArtifactStore,
  folder: string,
  dataset: string,
  spoil: (flight: Flight, row: number) => Flight = (flight) => flight,
  rows = 2_000,
): Promise<DatasetRegistered> {
  const scratch = join(folder, dataset.replace(':', '-'));
  await mkdir(scratch, { recursive: true });
  const writer = await DatasetWriter.create({
    folder: scratch,
    schema: SCHEMA,
    eventTimeField: 'date',
    holdOut: { fraction: 0.25 },
  });
  for (let row = 0; row < rows; row++) {
    const flight = {
      date: JANUARY + row * 7 * MINUTE,
      delay: ((row * 37) % 101) - 20,
      distance: row % 97 === 0 ? null : 100 + ((row * 7_919) % 2_003),
      origin: `A${row % 20}`,
    };
    const value = { ...spoil(flight, row) };
    writer.add({ partition: 0, offset: row, key: null, bytes: Buffer.from(JSON.stringify(value)), value });
  }
  const written = await writer.finish();
  writer.close();
  const part = async ({ path, ...figures }: WrittenPart) => ({
    artifact: { ...(await artifacts.put(await readFile(path))), mediaType: 'application/vnd.apache.parquet' },
    ...figures,
  });
  const [source = '', number] = dataset.split(':');
  return {
    aggregateVersion: 1,
    occurredAt: JANUARY,
    dataset,
    source,
    number: Number(number),
    topic: `data.${source}.accepted.v1`,
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
