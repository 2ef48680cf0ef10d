import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetWriter, examineDataset, fitFile, openDataFile, proposeSchema, readRows } from '@millrace/data';
import { deriveExpectations, observe } from '../../domain/derive-expectations';
import { cellsAsked } from '../../domain/distribution';
import { judgeExpectations } from '../../domain/judge-expectations';
import { summariseProfile } from '../../domain/summarise-profile';

/** The package exports no path of its data, so its folder is looked for where Node looks for packages. */
const FLIGHTS = (require.resolve.paths('vega-datasets') ?? [])
  .map((folder) => join(folder, 'vega-datasets', 'data', 'flights-3m.parquet'))
  .find((file) => existsSync(file))!;
/** Of 3,000,000, evenly spread. */
const TAKEN = 12_000;
const KILOMETRES = 1.609344;
const [MAY, JUNE] = [Date.UTC(2001, 4, 1), Date.UTC(2001, 5, 1)];

interface Flight extends Record<string, unknown> {
  readonly date: number;
  readonly distance: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-drift-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readFlights(schema: string): Promise<Flight[]> {
  const file = await openDataFile(FLIGHTS);
  try {
    const fitted = await fitFile(file, schema);
    const flights: Flight[] = [];
    for await (const { rows, columns } of readRows(fitted, { selection: { take: TAKEN } }))
      for (let row = 0; row < rows; row++)
        flights.push(
          Object.fromEntries(fitted.fields.map(({ name }, index) => [name, columns[index]![row]])) as Flight,
        );
    return flights;
  } finally {
    file.close();
  }
}

type Judged = Parameters<typeof cellsAsked>[0];

describe('validation > drift of the flights of the example', () => {
  it('is none between months, and is named when kilometres are planted', async () => {
    const schema = JSON.stringify((await proposeSchema(FLIGHTS, 'flights')).schema);
    const flights = await readFlights(schema);
    const [past, later] = [flights.filter(({ date }) => date < MAY), flights.filter(({ date }) => date >= MAY)];
    const inKilometres = (one: Flight) => ({ ...one, distance: Math.round(one.distance * KILOMETRES) });
    let sets = 0;
    const examine = async (rows: readonly Flight[], { expectations, observed }: Judged) => {
      const own = await mkdtemp(join(folder, `${sets++}-`));
      const writer = await DatasetWriter.create({
        folder: own,
        schema,
        eventTimeField: 'date',
        holdOut: { fraction: 0.25 },
      });
      try {
        rows.forEach((value, offset) => {
          writer.add({ partition: 0, offset, key: null, bytes: Buffer.from(String(offset)), value });
        });
        const { training, holdOut } = await writer.finish();
        const parts = [
          { part: 'TRAINING', path: training.path },
          { part: 'HOLD_OUT', path: holdOut.path },
        ] as const;
        const cells = cellsAsked({ expectations, observed });
        return await examineDataset({ parts, label: 'delay', expectations, cells, folder: own });
      } finally {
        writer.close();
      }
    };
    const first = await examine(past, { expectations: [], observed: [] });
    const observed = observe([], summariseProfile(first.profile), first.profile.rows, 'flights:1');
    const set: Judged = { observed, expectations: deriveExpectations(observed, 1) };
    expect(cellsAsked(set).map(({ column }) => column)).toEqual(['delay', 'distance', 'origin', 'destination']);
    const broken = async (rows: readonly Flight[]) => {
      const { profile, measures, cells } = await examine(rows, set);
      return judgeExpectations(set.expectations, profile, measures, observed, cells);
    };

    expect(await broken(later)).toEqual([]);
    expect(await broken(later.filter(({ date }) => date >= JUNE))).toEqual([]);

    // Three rows in five: too few to move the mean out of its slack, so the distribution alone tells.
    expect(await broken([...past, ...flights.map(inKilometres)])).toMatchObject([
      {
        id: 'derived:drift:distance',
        severity: 'WARNING',
        reason: expect.stringMatching(/distance has moved from that of flights:1: PSI 0\.1\d+.* 5\.\d % to 1\d\.\d %/),
      },
    ]);
    const whole = (await broken(later.map(inKilometres))).map(({ id, severity }) => `${severity} ${id}`);
    expect(whole).toEqual(
      expect.arrayContaining(['ERROR derived:mean-between:distance', 'WARNING derived:drift:distance']),
    );
  });
});
