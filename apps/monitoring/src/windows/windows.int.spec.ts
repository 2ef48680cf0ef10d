import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { silentLogger, Topics, verdictOn, type WindowClosed, WindowCorrected } from '@millrace/contracts';
import { WindowAccumulator } from '@millrace/evaluation';
import { frame } from '@millrace/messaging';
import { createDataSource } from '@millrace/persistence';
import { makeInstallation, ServiceUnderTest, trimTopic } from '@millrace/testing';
import { type Asked, flights, MAY, SENT_AT, WatchedEndpoint } from '../../test/watched-endpoint';
import { aLineage, aProfile, aVersion } from '../domain/domain-fixtures';
import { referenceOf } from '../domain/reference';
import { compareKeys, textOf, type WindowKey } from '../domain/window-key';
import { startOf } from '../domain/window-time';

const HOUR = 3_600_000;

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('monitoring'), {
    MILLRACE_WINDOW_WIDTH: String(HOUR),
    MILLRACE_WINDOW_LATENESS: '600000',
    MILLRACE_WINDOW_IDLE: '2000',
    MILLRACE_WINDOW_CORRECTIONS: '200',
    MILLRACE_SLICES: 'sliced: origin',
  });
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

async function toldOf(endpoint: WatchedEndpoint) {
  const facts = (await service.facts(Topics.windows)).filter(({ key }) => key === endpoint.family);
  // An outbox that was killed may publish its last rows twice.
  const once = [...new Map(facts.map((fact) => [fact.id, fact])).values()];
  return once.map(({ record, data }) => ({ record, data: data as unknown as WindowClosed & { correction?: number } }));
}

const untilTold = (endpoint: WatchedEndpoint, count: number) =>
  service.until(
    `${count} windows of ${endpoint.family}`,
    () => toldOf(endpoint),
    (told) => told.length >= count,
  );

/**
 * The last word on each window, in the order of time, once every one has the rows that are expected. A busy machine may read a
 * partition so late that the other one was not waited for; then corrections come.
 */
async function untilRows(endpoint: WatchedEndpoint, expected: readonly number[]) {
  const latest = async () => {
    const windows = new Map((await toldOf(endpoint)).map((told) => [textOf(keyOf(told.data)), told]));
    return [...windows.values()].sort((a, b) => compareKeys(keyOf(a.data), keyOf(b.data)));
  };
  const rowsOf = (told: Awaited<ReturnType<typeof latest>>) => told.map(({ data }) => data.rows);
  return service.until(`windows of ${endpoint.family} with ${expected} rows`, latest, (told) =>
    isDeepStrictEqual(rowsOf(told), expected),
  );
}

const keyOf = ({ time, ...window }: WindowClosed): WindowKey => ({
  ...window,
  time: time === 'SENT' ? 'SENT' : 'EVENT',
});

/** What is stored of an endpoint's windows, as key -> state. */
async function stored(endpoint: WatchedEndpoint): Promise<Record<string, string>> {
  return withDatabase(async (database) => {
    const rows: { window_key: string; state: string }[] = await database.query(
      'SELECT window_key, state FROM windows WHERE family = $1 ORDER BY start, window_key',
      [endpoint.family],
    );
    return Object.fromEntries(rows.map(({ window_key, state }) => [window_key, state]));
  });
}

async function withDatabase<T>(
  work: (database: Awaited<ReturnType<typeof createDataSource>>) => Promise<T>,
): Promise<T> {
  const { databaseUrl: url, prefix } = service.installation.ground;
  const schema = `${prefix.replaceAll('.', '_')}monitoring`;
  const database = await createDataSource({ url, schema }, silentLogger);
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

async function untilStored(endpoint: WatchedEndpoint, expected: Record<string, string>): Promise<void> {
  const enough = (found: Record<string, string>) => isDeepStrictEqual(found, expected);
  expect(await service.until(`windows of ${endpoint.family}`, () => stored(endpoint), enough)).toEqual(expected);
}

/** The same from the rows that were sent, without the service. */
function computed(endpoint: WatchedEndpoint, rows: readonly Asked[]): Record<string, string> {
  const { endpoint: model } = endpoint.created;
  const content = JSON.stringify({ format: 'millrace-profile', version: 1, ...aProfile });
  const digest = createHash('sha256').update(content).digest('hex');
  const version = aVersion({ model });
  const { profile, madeAt } = referenceOf(aLineage({ version, profile: { digest, content: aProfile } }));
  const windows = new Map<string, WindowAccumulator>();
  for (const { origin, distance, eventTime, probability, status = 'PREDICTED', sentAt = SENT_AT } of rows) {
    const key = textOf({ time: 'EVENT', start: startOf(eventTime as number, HOUR), model, version: 1, slice: null });
    const window = windows.get(key) ?? new WindowAccumulator(profile);
    windows.set(key, window);
    const features = { origin, distance: distance ?? Number.NaN, departure: 0, wind: [1, 2, 3] };
    window.add({
      values: { FEATURE: features, ...(status === 'PREDICTED' ? { PREDICTION: { probability } } : {}) },
      status,
      latencyMs: 20,
      laneMs: 15,
      modelAgeMs: sentAt + 15 - (madeAt as number),
    });
  }
  const sorted = [...windows].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, window]) => [key, JSON.stringify(window.state())]));
}

describe('monitoring > windows', () => {
  it('tells of each window when it is over, and corrects it for what comes late', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'watched');
    const rows = flights(MAY, 3, 40);
    const odd: Asked[] = [
      { distance: null, origin: 'SFO', eventTime: MAY, partition: 0, status: 'REJECTED' },
      { distance: 5_000, origin: 'JFK', eventTime: MAY, partition: 1 },
    ];
    await endpoint.answer([...odd, ...rows]);
    // The third hour is over as well, because nothing comes any more, but not its ten minutes for what is late.
    const told = await untilRows(endpoint, [42, 40]);
    expect(told.map(({ data }) => data.start)).toEqual([MAY, MAY + HOUR]);
    const [{ data: first }] = told as [(typeof told)[number]];
    expect(first).toMatchObject({
      endpoint: 'watched',
      major: 1,
      time: 'EVENT',
      end: MAY + HOUR,
      slice: null,
      model: 'watched',
      version: 1,
      reference: { kind: 'TRAINING_PROFILE', dataset: 'watched:1', reason: null },
      statuses: { PREDICTED: 41, REJECTED: 1 },
      latency: { count: 42, p50: expect.closeTo(20, 0), max: 20 },
      lane: { count: 42 },
      modelAge: { count: 42 },
      readUpTo: [{ partition: 0 }, { partition: 1 }],
    });
    const column = (name: string) => first.columns.find((one) => one.name === name);
    expect(column('distance')).toMatchObject({ count: 41, notANumber: 1, outOfRange: 1, missing: 0 });
    expect(column('origin')).toMatchObject({ count: 42, unseen: 1, unseenExamples: ['JFK'] });
    expect(column('probability')).toMatchObject({ role: 'PREDICTION', count: 41 });
    expect(column('departure')?.reason).toBe('time goes on by itself');

    await endpoint.answer(flights(MAY, 1, 2));
    const [corrected] = await untilRows(endpoint, [44, 40]);
    expect(corrected).toMatchObject({ record: WindowCorrected.fullName, data: { start: MAY } });
    const facts = await toldOf(endpoint);
    expect(facts.map(({ data }) => data.aggregateVersion)).toEqual(facts.map((_, index) => index + 1));
    const corrections = facts.filter(({ data }) => data.start === MAY).map(({ data }) => data.correction ?? 0);
    expect(corrections).toEqual(corrections.map((_, index) => index));
  });

  it('buries what is no response, and counts those around it', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'garbled');
    const { responsesTopic: topic, responseSchemaId } = endpoint.created;
    const bad = [null, Buffer.alloc(0), Buffer.from('no avro'), frame(responseSchemaId, Buffer.from([0xff, 0xff]))];
    await endpoint.answer(flights(MAY, 1, 10));
    for (const value of bad) await service.producer.send(topic, [{ partition: 0, key: null, value }]);
    await endpoint.answer(flights(MAY + HOUR, 2, 10));
    await untilRows(endpoint, [10, 10]);
    const letters = await endpoint.deadLettersOf(topic, bad.length);
    expect(letters).toEqual(bad.map((value) => ['UNREADABLE', value]));
  });

  it('keeps what has no event time apart, and takes no event time from the future', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'timeless');
    const day = 24 * HOUR;
    await endpoint.answer([
      ...flights(MAY, 1, 10),
      ...flights(0, 1, 10, { eventTime: null, sentAt: SENT_AT - 2 * HOUR }),
      ...flights(0, 1, 2, { eventTime: null }),
      ...flights(0, 1, 2, { eventTime: SENT_AT + day + 1 }),
      ...flights(MAY + 2 * HOUR, 1, 2),
    ]);
    const told = await untilRows(endpoint, [10, 10]);
    expect(told.map(({ data }) => [data.time, data.start])).toEqual([
      ['EVENT', MAY],
      ['SENT', SENT_AT - 2 * HOUR],
    ]);
  });

  it('splits windows by the values of declared features', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'sliced');
    const rows = flights(MAY, 1, 40);
    await endpoint.answer([...rows, ...flights(MAY + 2 * HOUR, 1, 2)]);
    const count = (origin: string) => rows.filter((row) => row.origin === origin).length;
    const told = await untilRows(endpoint, [40, count('LAX'), count('SFO')]);
    expect(told.map(({ data }) => data.slice)).toEqual([
      null,
      { feature: 'origin', value: 'LAX' },
      { feature: 'origin', value: 'SFO' },
    ]);
  });

  it.each(['fold.before-commit', 'fold.after-commit'])('killed at %s: every row once', async (point) => {
    const endpoint = await WatchedEndpoint.make(service, `killed-${point.includes('before') ? 'before' : 'after'}`);
    const rows = flights(MAY, 5, 100);
    await service.stop();
    for (let from = 0; from < rows.length; from += 100) await endpoint.answer(rows.slice(from, from + 100));
    const dying = await service.start({ MILLRACE_CRASH_AT: `${point}#2` });
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await service.start();
    const expected = computed(endpoint, rows);
    await untilStored(endpoint, expected);
    const versions = (await untilTold(endpoint, 4)).map(({ data }) => data.aggregateVersion);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  });

  it('comes to the same when everything is read again', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'again');
    const rows = flights(MAY, 4, 50);
    await endpoint.answer(rows);
    const expected = computed(endpoint, rows);
    await untilStored(endpoint, expected);
    await service.stop();
    await withDatabase(async (database) => {
      await database.query('DELETE FROM windows WHERE family = $1', [endpoint.family]);
      await database.query('DELETE FROM window_watermarks WHERE family = $1', [endpoint.family]);
      await database.query('DELETE FROM positions WHERE consumer = $1', [`monitoring.windows.${endpoint.family}`]);
    });
    await service.start();
    await untilStored(endpoint, expected);
  });

  it('is rebuilt from the log: windows from responses, what was told of them from its own facts', async () => {
    const { tables } = await service.rebuild();
    const names = ['lineage', 'window_families', 'window_reports', 'window_watermarks', 'windows'];
    expect(tables.filter(({ difference }) => difference !== null)).toEqual([]);
    for (const name of names) expect(tables.find(({ table }) => table === name)?.rows).toBeGreaterThan(0);
  });

  it('judges no window once responses were trimmed, and swaps none', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'trimmed');
    const rows = flights(MAY, 4, 50);
    await endpoint.answer(rows);
    const expected = computed(endpoint, rows);
    await untilStored(endpoint, expected);
    await service.stop();
    const name = endpoint.created.responsesTopic;
    for (const [partition, end] of await service.kafka.admin.endOffsets(name))
      await trimTopic(service.kafka, name, partition, end);
    const { tables, swapped, failed } = await service.rebuild(true);
    const verdicts = Object.fromEntries(tables.map((one) => [one.table, verdictOn(one)]));
    expect(verdicts).toMatchObject({ windows: 'untold', window_reports: 'equal', window_families: 'equal' });
    expect([swapped, failed?.code]).toEqual([[], 'LOG_TRIMMED']);
    expect(failed?.message).toContain(`${name}/0 begins at offset`);
    await untilStored(endpoint, expected);
  });
});
