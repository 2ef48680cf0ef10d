import { isDeepStrictEqual } from 'node:util';
import { AlertRaised, type LabelledExample, QualityMeasured, Topics } from '@millrace/contracts';
import { evaluateClassification } from '@millrace/evaluation';
import { FRAME_BYTES, frame } from '@millrace/messaging';
import { makeInstallation, ServiceUnderTest, seededRandom } from '@millrace/testing';
import { MAY, SENT_AT, WatchedEndpoint } from '../../test/watched-endpoint';
import { startOf } from '../domain/window-time';

const HOUR = 3_600_000;

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('monitoring'), {
    MILLRACE_WINDOW_WIDTH: String(HOUR),
    MILLRACE_QUALITY_LATENESS: String(HOUR),
    MILLRACE_QUALITY_HORIZON: String(24 * HOUR),
    MILLRACE_WINDOW_IDLE: '2000',
    MILLRACE_WINDOW_CORRECTIONS: '200',
    MILLRACE_SLICES: 'sliced: origin',
  });
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

/** Examples of some hours; `skill` 1: probabilities that are true, 0: that have nothing to do with the labels. */
function examples(from: number, hours: number, perHour: number, skill = 1): LabelledExample[] {
  const random = seededRandom(from / HOUR + perHour);
  return Array.from({ length: hours * perHour }, (_, index) => {
    const probability = random();
    const chance = random() < skill ? probability : 0.5;
    const at = from + Math.floor((index * HOUR) / perHour);
    return {
      requestId: `q${at}`,
      requestPartition: 0,
      requestOffset: at - MAY,
      eventTime: at,
      features: { origin: random() < 0.6 ? 'SFO' : 'LAX', distance: 5, departure: 0, wind: [1, 2, 3] },
      responseOffset: index,
      status: 'PREDICTED',
      outputs: { probability },
      model: 'm',
      version: 1,
      modelDigest: 'd',
      arm: 'champion',
      releaseRevision: 1,
      decidedAt: SENT_AT,
      outcomePartition: 0,
      outcomeOffset: index,
      outcomeTime: at + HOUR,
      label: random() < chance ? 1 : 0,
    };
  });
}

const of = (endpoint: WatchedEndpoint, rows: readonly LabelledExample[]) =>
  rows.map((row) => ({ ...row, model: row.model && endpoint.created.model }));

async function measuredOf(endpoint: WatchedEndpoint): Promise<QualityMeasured[]> {
  const facts = (await service.facts(Topics.windows)).filter(
    ({ key, record }) => key === endpoint.family && record === QualityMeasured.fullName,
  );
  const once = [...new Map(facts.map((fact) => [fact.id, fact])).values()];
  return once.map(({ data }) => data as unknown as QualityMeasured);
}

const untilMeasured = (endpoint: WatchedEndpoint, count: number) =>
  service.until(
    `${count} measurements of ${endpoint.family}`,
    () => measuredOf(endpoint),
    (told) => told.length >= count,
  );

/** What anybody finds who reads the labelled topic up to an offset and takes each example once. */
async function recomputed(endpoint: WatchedEndpoint, start: number, readUpTo: number) {
  const { topic, codec } = endpoint.labelled;
  const records = (await service.records(topic)).filter(({ offset }) => offset < readUpTo);
  const rows = records.map(({ value }) => codec.decode(value as Buffer, FRAME_BYTES));
  const once = [...new Map(rows.map((row) => [`${row.requestPartition}/${row.requestOffset}`, row])).values()];
  const inside = once.filter(({ eventTime }) => startOf(eventTime as number, HOUR) === start);
  const scored = inside.filter(({ outputs }) => outputs !== null);
  const figures = evaluateClassification(
    scored.map(({ label }) => label),
    scored.map(({ outputs }) => outputs?.probability as number),
  );
  return { examples: inside.length, figures };
}

async function expectSameAsTheLog(endpoint: WatchedEndpoint, measured: QualityMeasured): Promise<void> {
  const { examples: count, figures } = await recomputed(endpoint, measured.start, measured.readUpTo);
  expect(measured.examples).toBe(count);
  expect(Object.keys(measured.estimates).length).toBeGreaterThan(8);
  for (const [name, { value }] of Object.entries(measured.estimates)) expect(value).toBeCloseTo(figures[name]!, 9);
}

describe('monitoring > quality', () => {
  it('measures each window by the outcomes that came, each example once, as a recomputation from the log does', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'measured');
    const rows = of(endpoint, examples(MAY, 4, 100));
    const unanswered = { ...rows[7]!, status: 'REJECTED' as const, outputs: null, model: null, version: null };
    const all = [...rows.slice(0, 7), unanswered, ...rows.slice(8)];
    await endpoint.label(all);
    // As an outbox does that was killed.
    await endpoint.label(all.slice(-50));
    const told = await untilMeasured(endpoint, 2);
    expect(told.map(({ start, examples: count, correction }) => [start, count, correction])).toEqual([
      [MAY, 100, 0],
      [MAY + HOUR, 100, 0],
    ]);
    expect(told[0]).toMatchObject({
      endpoint: 'measured',
      model: 'measured',
      version: 1,
      kind: 'CLASSIFICATION',
      output: 'probability',
      scored: 99,
      confidence: 0.95,
      aggregateVersion: 1,
      holdOut: { auc: 0.8 },
    });
    for (const one of told) await expectSameAsTheLog(endpoint, one);

    const late = of(endpoint, examples(MAY + 1, 1, 20));
    await endpoint.label(late);
    const corrected = (
      await service.until(
        'correction',
        () => measuredOf(endpoint),
        (facts) => facts.at(-1)?.examples === 120,
      )
    ).at(-1)!;
    expect(corrected).toMatchObject({ start: MAY, correction: 1, scored: 119 });
    await expectSameAsTheLog(endpoint, corrected);
  });

  it('takes all partitions in, though one was joined far ahead of the other', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'apart');
    const rows = of(endpoint, examples(MAY, 60, 20)).map((row, index) => ({ ...row, requestPartition: index % 2 }));
    await endpoint.label(rows.filter(({ requestPartition }) => requestPartition === 0));
    await untilMeasured(endpoint, 1);
    await endpoint.label(rows.filter(({ requestPartition }) => requestPartition === 1));
    const latest = async () =>
      [...new Map((await measuredOf(endpoint)).map((one) => [one.start, one.examples])).values()].slice(0, 55);
    const all = Array.from({ length: 55 }, () => 20);
    expect(await service.until('all examples', latest, (found) => isDeepStrictEqual(found, all))).toEqual(all);
  });

  it('buries what is no labelled example, and measures those around it', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'garbled');
    const { topic, schemaId } = endpoint.labelled;
    const rows = of(endpoint, examples(MAY, 4, 50));
    const bad = [null, Buffer.alloc(0), Buffer.from('no avro'), frame(schemaId, Buffer.from([0xff, 0xff]))];
    await endpoint.label(rows.slice(0, 20));
    for (const value of bad) await service.producer.send(topic, [{ partition: 0, key: null, value }]);
    await endpoint.label(rows.slice(20));
    expect((await untilMeasured(endpoint, 2)).map(({ examples: count }) => count)).toEqual([50, 50]);
    const letters = await endpoint.deadLettersOf(topic, bad.length);
    expect(letters).toEqual(bad.map((value) => ['UNREADABLE', value]));
  });

  it('splits it by the values of declared features', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'sliced');
    const rows = of(endpoint, examples(MAY, 3, 100));
    await endpoint.label(rows);
    const told = await untilMeasured(endpoint, 3);
    const first = rows.slice(0, 100);
    const count = (origin: string) => first.filter(({ features }) => features.origin === origin).length;
    expect(told.map(({ slice, examples: found }) => [slice?.value ?? null, found])).toEqual([
      [null, 100],
      ['LAX', count('LAX')],
      ['SFO', count('SFO')],
    ]);
  });

  it('raises an alert when the model has lost its skill', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'decayed');
    await endpoint.label(of(endpoint, [...examples(MAY, 2, 200), ...examples(MAY + 2 * HOUR, 4, 200, 0)]));
    const alert = await service.await(
      'alert about AUC',
      () => service.facts(Topics.alerts),
      ({ key, record }) => key === 'decayed.v1/AUC/auc' && record === AlertRaised.fullName,
    );
    expect(alert.data).toMatchObject({
      rule: 'AUC',
      window: { start: MAY + 3 * HOUR, threshold: expect.closeTo(0.75, 9), figures: { holdOut: 0.8 } },
    });
    const fact = (await service.facts(Topics.windows)).find(({ id }) => id === alert.causationId);
    expect(fact?.record).toBe(QualityMeasured.fullName);
  });

  it('killed before it commits: every example once', async () => {
    const endpoint = await WatchedEndpoint.make(service, 'killed');
    const rows = of(endpoint, examples(MAY, 4, 100));
    await endpoint.label(rows.slice(0, 200));
    await service.until(
      'the first half',
      () => service.kafka.admin.committedOffsets(`monitoring.quality.${endpoint.family}`, endpoint.labelled.topic),
      (committed) => committed.get(0) === 200,
    );
    await service.stop();
    await endpoint.label(rows.slice(200));
    const dying = await service.start({ MILLRACE_CRASH_AT: 'fold.before-commit#1' });
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await service.start();
    const told = await untilMeasured(endpoint, 2);
    for (const one of told) await expectSameAsTheLog(endpoint, one);
    expect(told.map(({ examples: count }) => count)).toEqual(told.map(() => 100));
  });

  it('is rebuilt from the log', async () => {
    const { tables } = await service.rebuild();
    const names = ['quality_recent', 'window_families', 'window_reports', 'window_watermarks', 'windows'];
    expect(tables.filter(({ difference }) => difference !== null)).toEqual([]);
    for (const name of names) expect(tables.find(({ table }) => table === name)?.rows).toBeGreaterThan(0);
  });
});
