import {
  type DatasetJudged,
  DatasetRegistered,
  DefineExpectations,
  type Expectation,
  ExpectationSetDerived,
  ExpectationsRefused,
  OverrideVerdict,
  SourceRegistered,
  sampleOf,
  Topics,
  VerdictOverridden,
} from '@millrace/contracts';
import type { Profile } from '@millrace/data';
import { makeInstallation, ServiceUnderTest, strangerSigner } from '@millrace/testing';
import { type Flight, writeFlights } from '../test/flights';
import { expectation } from './domain/domain-fixtures';

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('validation'));
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

/** Lets a data set be registered and gives the verdict on it. */
async function judged(name: string, spoil?: (flight: Flight, row: number) => Flight) {
  const dataset = await writeFlights(service.artifacts, service.folder, name, spoil);
  const event = await service.publish(DatasetRegistered, name, dataset);
  const { data } = await service.answer(Topics.verdicts, event);
  return { event, dataset, verdict: data as unknown as DatasetJudged };
}

const define = (source: string, ...expectations: Expectation[]) =>
  service.command(DefineExpectations, source, { source, label: 'delay', expectations });
const override = (dataset: string, reason: string, id?: string) =>
  service.command(OverrideVerdict, dataset, { dataset, reason }, { id });
const brokenIds = (verdict: DatasetJudged) => verdict.broken.map(({ id }) => id);

describe('validation > verdicts', () => {
  it('accepts clean data, rejects what departs from it with figures, and takes an override', async () => {
    const first = await judged('clean:1');
    expect(first.verdict).toMatchObject({
      verdict: 'ACCEPTED',
      rows: 2_000,
      datasetDigest: first.dataset.digest,
      expectationSet: null,
      broken: [],
      suspicions: [],
      aggregateVersion: 1,
    });
    const profile = JSON.parse((await service.artifacts.get(first.verdict.profile!.digest)).toString()) as Profile;
    expect(profile).toMatchObject({ format: 'millrace-profile', rows: 2_000, columns: { length: 4 } });
    expect(profile.columns[2]).toMatchObject({ name: 'distance', missing: 21, exact: true });
    const derived = await service.answer(Topics.expectations, first.event);
    expect(derived).toMatchObject({
      record: ExpectationSetDerived.fullName,
      data: { set: 'clean:1', learnedFrom: 'clean:1', datasets: 1 },
    });

    const same = await judged('clean:2');
    expect(same.verdict).toMatchObject({ verdict: 'ACCEPTED', expectationSet: 'clean:1', broken: [] });
    expect(same.verdict.profile).toEqual(first.verdict.profile);

    // Kilometres for miles, and an airport that is unknown in 5 % of the rows.
    const bad = await judged('clean:3', (flight, row) => ({
      ...flight,
      distance: flight.distance === null ? null : flight.distance * 1.609,
      origin: row % 20 === 3 ? 'XXX' : flight.origin,
    }));
    expect(bad.verdict).toMatchObject({ verdict: 'REJECTED', expectationSet: 'clean:2' });
    expect(brokenIds(bad.verdict).sort()).toEqual([
      'derived:between:distance',
      'derived:drift:distance',
      'derived:drift:origin',
      'derived:in-set:origin',
      'derived:mean-between:distance',
    ]);
    const drift = bad.verdict.broken.find(({ id }) => id === 'derived:drift:distance');
    expect(drift).toMatchObject({
      kind: 'DRIFT',
      severity: 'WARNING',
      reason: expect.stringContaining('has moved from that of clean:2: PSI'),
    });
    expect(drift!.observed).toBeGreaterThan(0.1);
    const unseen = bad.verdict.broken.find(({ id }) => id === 'derived:in-set:origin');
    expect(unseen).toMatchObject({ kind: 'IN_SET', brokenRows: 100, owner: 'validation' });
    expect(unseen!.samples[0]).toEqual({ part: 'TRAINING', row: 3, value: 'XXX' });
    const mean = bad.verdict.broken.find(({ id }) => id === 'derived:mean-between:distance');
    expect(mean!.observed).toBeGreaterThan(1_600);

    const command = await override('clean:3', 'the unit has changed for good');
    expect(await service.answer(Topics.verdicts, command)).toMatchObject({
      record: VerdictOverridden.fullName,
      data: { by: 'ann', reason: 'the unit has changed for good', aggregateVersion: 2, source: 'clean' },
    });
    expect(await service.answer(Topics.expectations, command)).toMatchObject({
      data: { learnedFrom: 'clean:3', datasets: 3 },
    });
    const kilometres = await judged('clean:4', (flight) => ({
      ...flight,
      distance: flight.distance === null ? null : flight.distance * 1.609,
    }));
    expect(kilometres.verdict).toMatchObject({ verdict: 'ACCEPTED', expectationSet: 'clean:3' });
  }, 120_000);

  it('judges by what users define, also the first data set, each kind with its figures', async () => {
    const command = await define(
      'own',
      expectation({ id: 'unique', kind: 'UNIQUE', column: 'date' }),
      expectation({ id: 'sql', kind: 'SQL', column: '', sql: 'delay < 80' }),
      expectation({ id: 'odd-sql', kind: 'SQL', column: '', sql: 'speed > 1', severity: 'WARNING' }),
      expectation({ id: 'pattern', kind: 'MATCHES', column: 'origin', pattern: 'A1?[0-9]' }),
      expectation({ id: 'rows', kind: 'ROW_COUNT', column: '', min: 2_001 }),
      expectation({ id: 'complete', kind: 'NOT_NULL', column: 'distance', tolerance: 0.01 }),
    );
    expect((await service.answer(Topics.expectations, command)).data).toMatchObject({ set: 'own:1', number: 1 });
    const { verdict } = await judged('own:1', (flight, row) => (row === 1_999 ? { ...flight, origin: 'B1' } : flight));
    expect(verdict).toMatchObject({ verdict: 'REJECTED', expectationSet: 'own:1' });
    expect(verdict.broken.map(({ id, brokenRows, observed }) => [id, brokenRows ?? observed])).toEqual([
      ['sql', 20],
      ['pattern', 1],
      ['rows', 2_000],
      ['complete', 21],
      ['odd-sql', null],
    ]);
    expect(verdict.broken[1]!.samples).toEqual([{ part: 'HOLD_OUT', row: 499, value: 'B1' }]);
    expect(verdict.broken[4]!.reason).toMatch(/cannot be judged.*speed/);
  }, 90_000);

  it('rejects a first data set that tells the label or has an empty column', async () => {
    await service.answer(Topics.expectations, await define('leaky'));
    const leaky = await judged('leaky:1', (flight) => ({ ...flight, distance: flight.delay * 2 }));
    expect(leaky.verdict).toMatchObject({
      verdict: 'REJECTED',
      suspicions: [{ code: 'LEAKS_LABEL', column: 'distance' }],
    });
    const empty = await judged('empty:1', (flight) => ({ ...flight, distance: null }));
    expect(empty.verdict).toMatchObject({
      verdict: 'REJECTED',
      suspicions: [{ code: 'EMPTY_COLUMN', column: 'distance', grave: true }],
    });
  }, 90_000);

  it('rejects what it cannot read, says why, and goes on', async () => {
    const dataset = await writeFlights(service.artifacts, service.folder, 'gone:1');
    const digest = 'f'.repeat(64);
    const gone = { ...dataset, training: { ...dataset.training, artifact: { ...dataset.training.artifact, digest } } };
    const event = await service.publish(DatasetRegistered, 'gone:1', gone);
    expect((await service.answer(Topics.verdicts, event)).data).toMatchObject({
      verdict: 'REJECTED',
      profile: null,
      broken: [{ id: 'can-be-profiled', reason: expect.stringContaining('ARTIFACT_NOT_FOUND') }],
    });
    expect((await judged('gone:2')).verdict.verdict).toBe('ACCEPTED');
  }, 90_000);
});

describe('validation > texts that hold U+0000', () => {
  it('are judged like others, shown with U+FFFD, and no vocabulary is derived from them', async () => {
    const padded = (flight: Flight, row: number) => (row % 20 === 3 ? { ...flight, origin: 'A3\0x' } : flight);
    const first = await judged('padded:1', padded);
    expect(first.verdict).toMatchObject({ verdict: 'ACCEPTED', broken: [] });
    expect(first.verdict.columns.find(({ column }) => column === 'origin')).toMatchObject({
      values: null,
      distribution: { values: { length: 19 } },
    });
    const demand = expectation({ kind: 'IN_SET', column: 'origin', values: ['A0'], severity: 'WARNING' });
    await service.answer(Topics.expectations, await define('padded', demand));
    const { verdict } = await judged('padded:2', padded);
    expect(verdict).toMatchObject({ verdict: 'ACCEPTED', broken: [{ brokenRows: 1_900 }] });
    expect(verdict.broken[0]?.samples.map(({ value }) => value)).toContain('A3\uFFFDx');
  }, 120_000);
});

describe('validation > commands', () => {
  it.each([
    ['an override without a verdict', OverrideVerdict, 'no:1', { dataset: 'no:1', reason: 'x' }, 'NO_VERDICT'],
    ['an override of nothing', OverrideVerdict, '', { dataset: '', reason: '' }, 'NO_VERDICT'],
    [
      'an expectation that nothing fits',
      DefineExpectations,
      's',
      { source: 's', label: null, expectations: [expectation({ kind: 'BETWEEN', min: 2, max: 1 })] },
      'BAD_EXPECTATION',
    ],
    [
      'two statements',
      DefineExpectations,
      's',
      { source: 's', label: null, expectations: [expectation({ kind: 'SQL', sql: 'true; SELECT 1' })] },
      'BAD_EXPECTATION',
    ],
    ['a bad source name', DefineExpectations, 'S!', { source: 'S!', label: null, expectations: [] }, 'BAD_NAME'],
  ])('refuses %s', async (_, record, key, data, reasonCode) => {
    const command = await service.command(record as never, key, data);
    const topic = record === OverrideVerdict ? Topics.verdicts : Topics.expectations;
    expect((await service.answer(topic, command)).data).toMatchObject({ reasonCode, commandId: command });
  });

  it('refuses what has no meaning for a field of the source, once its registration is read', async () => {
    const schema = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'delay', type: 'boolean' }] });
    await service.publish(SourceRegistered, 'known', { ...sampleOf(SourceRegistered), source: 'known', schema });
    const demand = expectation({ kind: 'MATCHES', pattern: 'a' });
    const answer = async () => (await service.answer(Topics.expectations, await define('known', demand))).data;
    let said = await answer();
    for (let tries = 0; said.reasonCode === undefined && tries < 100; tries++) said = await answer();
    expect(said).toMatchObject({
      reasonCode: 'BAD_EXPECTATION',
      reason: expect.stringContaining('delay is boolean: use BETWEEN or IN_SET'),
    });
  }, 90_000);

  it('refuses an override of what is accepted or overridden, and a blank reason', async () => {
    await judged('twice:1', (flight) => ({ ...flight, distance: null }));
    await judged('fine:1');
    const code = async (command: string) => (await service.answer(Topics.verdicts, command)).data.reasonCode;
    expect(await code(await override('twice:1', ' \t'))).toBe('REASON_MISSING');
    const done = await override('twice:1', 'it is known');
    expect(await code(done)).toBeUndefined();
    expect(await code(await override('twice:1', 'again'))).toBe('NOT_REJECTED');
    expect(await code(await override('fine:1', 'why not'))).toBe('NOT_REJECTED');
    await override('twice:1', 'it is known', done);
    expect(await code(await override('twice:1', 'last'))).toBe('NOT_REJECTED');
    expect(await service.answersTo(Topics.verdicts, done)).toHaveLength(1);
  }, 90_000);

  it('a command of a stranger and bytes that are no record go to the dead letters and change nothing', async () => {
    const data = { source: 'stranger', label: null, expectations: [] };
    const forged = await service.command(DefineExpectations, 'stranger', data, { signer: strangerSigner() });
    await service.garbage(Topics.validationCommands);
    const honest = await define('stranger');
    await service.answer(Topics.expectations, honest);
    expect(await service.answersTo(Topics.expectations, forged)).toEqual([]);
    const letters = await service.facts(Topics.validationDeadLetters);
    expect(letters.map((letter) => letter.data.reasonCode)).toEqual(
      expect.arrayContaining(['BAD_SIGNATURE', 'UNREADABLE']),
    );
    expect(
      (await service.facts(Topics.expectations)).some((fact) => fact.record === ExpectationsRefused.fullName),
    ).toBe(true);
  }, 90_000);
});

describe('validation > deaths', () => {
  it('killed after the examination and before the verdict, a data set is judged once', async () => {
    await service.stop();
    const dying = await service.start({ MILLRACE_CRASH_AT: 'validation.after-examine' });
    const dataset = await writeFlights(service.artifacts, service.folder, 'killed:1');
    const event = await service.publish(DatasetRegistered, 'killed:1', dataset);
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await service.answersTo(Topics.verdicts, event)).toEqual([]);
    await service.start();
    expect((await service.answer(Topics.verdicts, event)).data).toMatchObject({
      verdict: 'ACCEPTED',
      dataset: 'killed:1',
    });
    await service.publish(DatasetRegistered, 'killed:1', dataset, event);
    await judged('killed:2');
    expect(await service.answersTo(Topics.verdicts, event)).toHaveLength(1);
  }, 120_000);

  it('an SQL expectation that never ends costs its own data set, and nothing else', async () => {
    await service.stop();
    await service.start({ MILLRACE_PROFILE_LIMIT: '5000' });
    const endless = '(SELECT count(*) FROM range(1000000000) a(i), range(1000000000) b(j) WHERE i * j % 7 = delay) > 0';
    await service.answer(
      Topics.expectations,
      await define('endless', expectation({ id: 'endless', kind: 'SQL', column: '', sql: endless })),
    );
    const { verdict } = await judged('endless:1');
    expect(verdict).toMatchObject({
      verdict: 'REJECTED',
      broken: [{ reason: expect.stringContaining('PROFILE_TIMEOUT') }],
    });
    expect((await judged('beside:1')).verdict.verdict).toBe('ACCEPTED');
  }, 120_000);

  it('rebuilds its tables from the log, beside the running service', async () => {
    const { tables } = await service.rebuild();
    expect(tables.map(({ table, difference }) => [table, difference])).toEqual([
      ['expectation_sets', null],
      ['source_fields', null],
      ['verdicts', null],
    ]);
    for (const { rows, hash, hashRebuilt } of tables) {
      expect(rows).toBeGreaterThan(0);
      expect(hashRebuilt).toBe(hash);
    }
  }, 90_000);
});
