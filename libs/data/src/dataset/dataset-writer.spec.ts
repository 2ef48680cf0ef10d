import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../duckdb/duck-db';
import { type DatasetRecord, DatasetWriter, type DatasetWriterOptions, type WrittenDataset } from './dataset-writer';
import type { HoldOut } from './split';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };
const schema = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const TIMED = schema({ name: 'at', type: MILLIS }, { name: 'x', type: ['null', 'double'] });

async function write(
  records: readonly Partial<DatasetRecord>[],
  options: Partial<DatasetWriterOptions> = {},
): Promise<WrittenDataset> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-data-'));
  folders.push(folder);
  const writer = await DatasetWriter.create({
    folder,
    schema: TIMED,
    eventTimeField: 'at',
    holdOut: { fraction: 0.25 },
    ...options,
  });
  try {
    records.forEach((record, offset) => {
      writer.add({ partition: 0, offset, key: null, bytes: Buffer.from(String(offset)), value: {}, ...record });
    });
    return await writer.finish();
  } finally {
    writer.close();
  }
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const duckDb = await DuckDb.open();
  try {
    return await duckDb.rows(`SELECT * FROM '${path}'`);
  } finally {
    duckDb.close();
  }
}

const timed = (...times: number[]) => timedAt(times);
const timedAt = (times: readonly number[]) => times.map((at) => ({ value: { at, x: at / 2 } }));
const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('data > dataset > DatasetWriter', () => {
  it('holds out the latest part and sorts both by time, then partition and offset', async () => {
    const dataset = await write([
      ...timed(30, 10, 20).map((record, offset) => ({ ...record, partition: 0, offset })),
      ...timed(20, 40).map((record, offset) => ({ ...record, partition: 2, offset: offset + 7 })),
    ]);
    expect(dataset).toMatchObject({
      rows: 5,
      split: 'EVENT_TIME',
      holdOutFrom: 40,
      training: { rows: 4, minEventTime: 10, maxEventTime: 30 },
      holdOut: { rows: 1, minEventTime: 40, maxEventTime: 40 },
      columns: [
        { name: 'at', type: 'TIMESTAMP' },
        { name: 'x', type: 'DOUBLE' },
      ],
    });
    expect((await rowsOf(dataset.training.path)).map((row) => [Number(row.at), row.x])).toEqual([
      [10, 5],
      [20, 10],
      [20, 10],
      [30, 15],
    ]);
  });

  it('never tears one instant apart', async () => {
    const dataset = await write(timed(1, 2, 2, 2, 2, 2, 2, 2));
    expect([dataset.holdOutFrom, dataset.training.rows, dataset.holdOut.rows]).toEqual([2, 1, 7]);
    const begun = await write(timed(1, 1, 1, 1, 2), { holdOut: { fraction: 0.5 } });
    expect([begun.holdOutFrom, begun.training.rows, begun.holdOut.rows]).toEqual([2, 4, 1]);
  });

  it('takes a given beginning of the hold-out set', async () => {
    const dataset = await write(timed(1, 2, 3, 4), { holdOut: { from: 2 } });
    expect([dataset.holdOutFrom, dataset.training.rows, dataset.holdOut.rows]).toEqual([2, 1, 3]);
  });

  it('splits by the hash of the key where there is no time', async () => {
    const records = Array.from({ length: 4_000 }, (_, n) => ({
      key: Buffer.from(`key-${n % 1_000}`),
      value: { n: n % 1_000 },
    }));
    const dataset = await write(records, { schema: schema({ name: 'n', type: 'int' }), eventTimeField: null });
    expect(dataset).toMatchObject({ split: 'KEY_HASH', holdOutFrom: null, training: { minEventTime: null } });
    expect(dataset.holdOut.rows).toBeGreaterThan(800);
    expect(dataset.holdOut.rows).toBeLessThan(1_200);
    const held = new Set((await rowsOf(dataset.holdOut.path)).map((row) => row.n));
    expect(held.size * 4).toBe(dataset.holdOut.rows);
  });

  it('holds out nothing when told so, in a file without rows', async () => {
    const dataset = await write(timed(1, 2), { holdOut: { fraction: 0 } });
    expect(dataset).toMatchObject({ split: 'NONE', training: { rows: 2 }, holdOut: { rows: 0, minEventTime: null } });
    expect(await rowsOf(dataset.holdOut.path)).toEqual([]);
  });

  it('gives the same bytes for the same records, over chunks and row groups', async () => {
    const records = timedAt(Array.from({ length: 130_000 }, (_, n) => (n * 7919) % 1_000_003));
    const first = await write(records);
    const second = await write(records, { memoryMb: 128 });
    expect(second.digest).toBe(first.digest);
    for (const part of ['training', 'holdOut'] as const)
      expect(await sha256(second[part].path)).toBe(await sha256(first[part].path));
    const other = await write([...records.slice(1), ...timed(5)]);
    expect(await sha256(other.training.path)).not.toBe(await sha256(first.training.path));
  });

  it('keeps every type, and the extremes', async () => {
    const fields = schema(
      { name: 'b', type: 'boolean' },
      { name: 'i', type: 'int' },
      { name: 'l', type: 'long' },
      { name: 'f', type: 'float' },
      { name: 'd', type: 'double' },
      { name: 's', type: 'string' },
      { name: 'x', type: 'bytes' },
      { name: 'ms', type: MILLIS },
      { name: 'us', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'list', type: { type: 'array', items: 'bytes' } },
    );
    const value = {
      b: true,
      i: -(2 ** 31),
      l: 2 ** 53 - 1,
      f: 0.5,
      d: Number.NaN,
      s: 'ä\u0000"\'',
      x: Buffer.from([0, 255]),
      ms: 2 ** 53 - 1,
      us: -(2 ** 53) + 1,
      day: 2 ** 31 - 1,
      list: [Buffer.from('a')],
    };
    const low = { ...value, l: -(2 ** 53) + 1, ms: -(2 ** 53) + 1, day: -(2 ** 31), d: Number.NEGATIVE_INFINITY };
    const dataset = await write([{ value }, { value: low }], {
      schema: fields,
      eventTimeField: null,
      holdOut: { fraction: 0 },
    });
    expect(dataset.columns.map((column) => column.type)).toEqual([
      'BOOLEAN',
      'INTEGER',
      'BIGINT',
      'FLOAT',
      'DOUBLE',
      'VARCHAR',
      'BLOB',
      'TIMESTAMP',
      'TIMESTAMP',
      'DATE',
      'VARCHAR',
    ]);
    const duckDb = await DuckDb.open();
    const rows = await duckDb.rows(
      `SELECT b, i, l, f, d, s, x, epoch_ms(ms) AS ms, epoch_us(us) AS us, list FROM '${dataset.training.path}'`,
    );
    duckDb.close();
    const stored = (one: typeof value) => ({
      ...one,
      l: BigInt(one.l),
      ms: BigInt(one.ms),
      us: BigInt(one.us),
      x: new Uint8Array(one.x),
      list: '["YQ=="]',
      day: undefined,
    });
    expect(rows).toEqual([stored(value), stored(low)]);
  });

  it.each<[string, number[], HoldOut, string]>([
    ['no record', [], { fraction: 0.25 }, 'DATASET_EMPTY'],
    ['one instant only', [5, 5, 5], { fraction: 0.25 }, 'DATASET_SPLIT_EMPTY'],
    ['one record', [5], { fraction: 0.25 }, 'DATASET_SPLIT_EMPTY'],
    ['a hold-out set that begins before the first', [5, 6], { from: 5 }, 'DATASET_SPLIT_EMPTY'],
    ['a hold-out set that begins after the last', [5, 6], { from: 7 }, 'DATASET_SPLIT_EMPTY'],
  ])('refuses %s', async (_, times, holdOut, code) => {
    await expect(write(timedAt(times), { holdOut })).rejects.toMatchObject({ code });
  });
});
