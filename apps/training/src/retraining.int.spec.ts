import { randomUUID } from 'node:crypto';
import {
  AlertRaised,
  DatasetJudged,
  DatasetRegistered,
  DeclareTrigger,
  JobAssigned,
  JobSucceeded,
  ModelVersionRegistered,
  ReleaseActivated,
  RetrainingRequested,
  RunCompleted,
  RunPlanned,
  RunRefused,
  sampleOf,
  Topics,
  TriggerDeclared,
  WindowClosed,
} from '@millrace/contracts';
import { clearTables, type Fact, type NodeProcess } from '@millrace/testing';
import { flightsPlan, writeFlights } from '../test/synthetic-flights';
import { TrainingUnderTest } from '../test/training-under-test';

let service: TrainingUnderTest;

const LOGISTIC = flightsPlan({ candidates: [{ name: 'logistic', learner: 'logistic-regression', parameters: {} }] });

/** The service has no workers of its own here: the spec that trains brings one. */
beforeAll(async () => {
  service = await TrainingUnderTest.prepare();
  await service.start({ MILLRACE_TRAINING_WORKERS: '0' });
  await cut('flights:1', 'ACCEPTED');
  await cut('flights:2', 'ACCEPTED');
  await cut('flights:3', 'REJECTED');
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

/** What ingestion and validation would say of a new data set. */
async function cut(dataset: string, verdict: 'ACCEPTED' | 'REJECTED'): Promise<void> {
  const number = Number(dataset.split(':')[1]);
  const fact = await writeFlights(service.artifacts, service.folder, dataset, 2_000);
  await service.publish(DatasetRegistered, dataset, { ...fact, number });
  await service.publish(DatasetJudged, dataset, { ...sampleOf(DatasetJudged), dataset, verdict });
}

const request = (run: string, change: Partial<RetrainingRequested> = {}, id?: string) =>
  service.publish(
    RetrainingRequested,
    'anew',
    {
      ...sampleOf(RetrainingRequested),
      trigger: 'anew',
      run,
      model: 'early',
      source: 'flights',
      dataset: null,
      plan: LOGISTIC,
      requestedBy: 'bob',
      ...change,
    },
    id,
  );

describe('training > retraining', () => {
  it('plans the run on the newest data set that is fit, in the name of who asked, once', async () => {
    const run = randomUUID();
    // Facts about data sets come over other topics than the request: the first one may be answered before they are known.
    const other = randomUUID();
    await request(other, { dataset: 'flights:2' });
    await service.fact(other, RunPlanned);
    const id = await request(run);
    await request(run, {}, id);
    const planned = await service.fact(run, RunPlanned);
    expect(planned).toMatchObject({
      causationId: id,
      data: { run, model: 'early', dataset: 'flights:2', requestedBy: 'bob', verdict: 'ACCEPTED' },
    });
    const again = await request(run);
    expect((await service.fact(run, RunRefused)).data).toMatchObject({
      reasonCode: 'RUN_EXISTS',
      commandId: again,
      command: RetrainingRequested.fullName,
    });
    expect(await service.factsOf(run)).toHaveLength(2);
  }, 90_000);

  it('refuses, with the reason, what cannot be trained', async () => {
    const hopeless: readonly (readonly [reasonCode: string, change: Partial<RetrainingRequested>])[] = [
      ['NO_FIT_DATASET', { source: 'nowhere' }],
      ['NO_FIT_DATASET', { source: "'; DROP TABLE datasets; --" }],
      ['UNKNOWN_DATASET', { dataset: 'flights:99' }],
      ['UNKNOWN_DATASET', { dataset: 'x'.repeat(10_000) }],
      ['DATASET_REJECTED', { dataset: 'flights:3' }],
      ['BAD_NAME', { model: 'Late!' }],
      ['BAD_PLAN', { plan: flightsPlan({ target: { column: 'x', threshold: 1, meaning: '' } }) }],
    ];
    const asked = hopeless.map(async ([reasonCode, change]) => {
      const run = randomUUID();
      return { reasonCode, run, id: await request(run, change) };
    });
    for (const { reasonCode, run, id } of await Promise.all(asked))
      expect(await service.fact(run, RunRefused)).toMatchObject({
        causationId: id,
        data: { reasonCode, command: RetrainingRequested.fullName },
      });
  }, 90_000);

  it('leads from an alert to a new version by causation ids', async () => {
    const others = ['monitoring', 'registry'] as const;
    const processes: NodeProcess[] = [service.worker()];
    try {
      for (const name of others) {
        const started = service.spawn(`apps/${name}/src/main.ts`);
        processes.push(started);
        await started.waitFor(`${name} runs`, 60_000);
      }
      await declareTrigger();
      await tellDrift();
      const inModels = () => service.facts(Topics.models);
      const isVersion = ({ record, key }: Fact) => record === ModelVersionRegistered.fullName && key === 'late';
      const version = await service.await('version', inModels, isVersion, 120_000);
      const way = await wayTo(version);
      expect(way.map(({ record }) => record)).toEqual(
        [
          ModelVersionRegistered,
          RunCompleted,
          JobSucceeded,
          JobAssigned,
          RetrainingRequested,
          AlertRaised,
          WindowClosed,
        ].map(({ fullName }) => fullName),
      );
      // One story from the alert's window on, and the run is the one that was asked for.
      expect(new Set(way.map(({ correlationId }) => correlationId)).size).toBe(1);
      const requested = way[4]!;
      expect(version.data).toMatchObject({ model: 'late', version: 1, run: requested.data.run, dataset: 'flights:2' });
      expect(await service.fact(String(requested.data.run), RunPlanned)).toMatchObject({ causationId: requested.id });
    } finally {
      for (const one of processes) await one.kill('SIGTERM');
      for (const name of others) await clearTables({ ...service.installation, service: name });
    }
  }, 180_000);
});

/** As the gateway would send it. The endpoint serves a version that was imported, so everything is named. */
async function declareTrigger(): Promise<void> {
  await service.publish(ReleaseActivated, 'late', { ...sampleOf(ReleaseActivated), endpoint: 'late', revision: 1 });
  const data: DeclareTrigger = {
    trigger: 'on-drift',
    endpoint: 'late',
    model: 'late',
    source: 'flights',
    plan: LOGISTIC,
    conditions: { drift: true, quality: false, newData: false, everyMs: null },
    coolDownMs: 3_600_000,
  };
  const answer = async () => service.answer(Topics.retraining, await service.command(DeclareTrigger, 'on-drift', data));
  await service.until('declaration', answer, ({ record }) => record === TriggerDeclared.fullName);
}

/** Two windows in which a column alarms, as monitoring tells them. */
async function tellDrift(): Promise<void> {
  const [column] = sampleOf(WindowClosed).columns;
  for (const [index, start] of [0, 3_600_000].entries())
    await service.publish(WindowClosed, 'late.v1', {
      ...sampleOf(WindowClosed),
      aggregateVersion: index + 1,
      endpoint: 'late',
      major: 1,
      time: 'EVENT',
      start,
      end: start + 3_600_000,
      slice: null,
      rows: 1_000,
      statuses: { PREDICTED: 1_000 },
      columns: [{ ...column!, name: 'distance', drift: { psi: 0.4 }, alarm: true, reason: 'moved' }],
    });
}

/** From a fact back to where it all began, by causation ids. */
async function wayTo(fact: Fact): Promise<Fact[]> {
  const { windows, alerts, retraining, runs, jobAssignments, workerReports } = Topics;
  const told = [windows, alerts, retraining, runs, jobAssignments, workerReports].map((topic) => service.facts(topic));
  const known = new Map((await Promise.all(told)).flat().map((one) => [one.id, one]));
  const way = [fact];
  for (let next: Fact | undefined = fact; next; ) {
    next = next.causationId === null ? undefined : known.get(next.causationId);
    if (next) way.push(next);
  }
  return way;
}
