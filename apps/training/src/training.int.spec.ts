import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DatasetJudged,
  DatasetRegistered,
  JobAssigned,
  JobFailed,
  JobProgressed,
  JobSucceeded,
  RunCompleted,
  RunFailed,
  RunPlanned,
  RunRefused,
  StartTraining,
  sampleOf,
  Topics,
  VerdictOverridden,
  WorkerAnnounced,
} from '@millrace/contracts';
import { type Fact, FaultProxy, type NodeProcess, testGround } from '@millrace/testing';
import { flightsPlan, startTraining, writeFlights } from '../test/synthetic-flights';
import { TrainingUnderTest } from '../test/training-under-test';
import { MAX_ATTEMPTS } from './domain/job';

let service: TrainingUnderTest;

/** The service has no workers of its own here: each spec brings those that it needs. */
beforeAll(async () => {
  service = await TrainingUnderTest.prepare();
  await service.start({ MILLRACE_TRAINING_WORKERS: '0' });
  const dataset = await writeFlights(service.artifacts, service.folder, 'flights:1', 8_000);
  await service.publish(DatasetRegistered, dataset.dataset, dataset);
  await judge('flights:1');
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

/** What validation would say. */
const judge = (dataset: string, change: Partial<DatasetJudged> = {}) =>
  service.publish(DatasetJudged, dataset, {
    ...sampleOf(DatasetJudged),
    dataset,
    verdict: 'ACCEPTED',
    ...change,
  });
const start = (run: string, change: Partial<StartTraining> = {}, id?: string) =>
  service.command(StartTraining, run, startTraining(run, change), { id });
const completed = async (run: string) =>
  (await service.fact(run, RunCompleted, 120_000)).data as unknown as RunCompleted;
const names = (facts: readonly Fact[]) => facts.map((fact) => fact.record.split('.').at(-1));

/** Checkpoints after every step, so that a kill finds one wherever it comes. */
const OFTEN = { MILLRACE_TRAINING_CHECKPOINT: '0' };

/** What a run gives that nothing disturbs; trained once. */
let whole: Promise<RunCompleted> | null = null;
const undisturbed = () => {
  whole ??= withWorker(async () => {
    const run = randomUUID();
    await start(run);
    return completed(run);
  });
  return whole;
};

async function withWorker<T>(work: (worker: NodeProcess) => Promise<T>): Promise<T> {
  const worker = service.worker();
  const done = await work(worker);
  expect(await worker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  return done;
}

describe('training > runs', () => {
  it('trains a model that beats the baseline, in a file with the same bytes whenever it is trained', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await withWorker(async () => {
      await start(first);
      await start(second);
      const one = await completed(first);
      const two = await completed(second);
      expect(one).toMatchObject({ model: 'late', dataset: 'flights:1', verdict: 'ACCEPTED', attempt: 1 });
      expect(one.result.candidates.map((score) => score.candidate)).toEqual(['baseline', 'logistic', 'trees']);
      expect(one.result.holdOut.auc).toBeGreaterThan(0.75);
      expect(one.result.holdOut.logLoss).toBeLessThan(one.result.baseline.logLoss ?? 0);
      expect(Object.keys(one.result.holdOut)).toEqual(expect.arrayContaining(['brier', 'calibrationError', 'rows']));
      expect(one.result.parityRows).toBe(2_000 + 6_000);
      expect(one.result.parityMaxDifference).toBeLessThanOrEqual(1e-5);
      expect(one.result.signature.inputs.map(({ name, type, optional }) => ({ name, type, optional }))).toEqual([
        { name: 'origin', type: 'STRING', optional: false },
        { name: 'distance', type: 'FLOAT', optional: true },
        { name: 'departure', type: 'INT64', optional: false },
      ]);
      expect(two.result).toEqual(one.result);
      expect((await service.artifacts.get(one.result.artifact.digest)).length).toBe(one.result.artifact.size);
    });
    expect(names(await service.factsOf(first))).toEqual(['RunPlanned', 'RunStarted', 'RunCompleted']);
    const progress = (await service.reportsOf(first)).filter((report) => report.record === JobProgressed.fullName);
    expect(new Set(progress.map((report) => report.data.phase))).toEqual(
      new Set(['prepare', 'search', 'refit', 'package', 'evaluate']),
    );
    const scored = progress.flatMap((report) => (report.data as unknown as JobProgressed).candidate ?? []);
    expect(scored.map((score) => score.candidate)).toEqual(['baseline', 'logistic', 'trees']);
  }, 180_000);

  it.each([
    ['in the search', 'training.after-checkpoint#40'],
    ['in the refit', 'training.after-checkpoint#150'],
  ])(
    'killed %s, goes on from the last training checkpoint to the same bytes',
    async (_, crashAt) => {
      const broken = randomUUID();
      const expected = await undisturbed();
      const victim = service.worker({ ...OFTEN, MILLRACE_CRASH_AT: crashAt });
      await start(broken);
      expect(await victim.exit).toEqual({ code: null, signal: 'SIGKILL' });
      const resumed = await withWorker(async (worker) => {
        const result = await completed(broken);
        expect(worker.output).toContain('"resumes":true');
        expect(worker.output).not.toContain('cannot be used');
        return result;
      });
      expect(resumed.attempt).toBe(2);
      expect(resumed.result).toEqual(expected.result);
    },
    240_000,
  );

  it('a worker that is asked to stop leaves a checkpoint, and its job is free at once', async () => {
    const run = randomUUID();
    const leaving = service.worker();
    const patient = { name: 'patient', learner: 'gradient-boosted-trees', parameters: { trees: 1_000, depth: 3 } };
    await start(run, { plan: flightsPlan({ candidates: [patient] }) });
    await service.await(
      'progress',
      () => service.reportsOf(run),
      (report) => report.record === JobProgressed.fullName && report.data.phase === 'search',
    );
    expect(await leaving.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const last = (await service.reportsOf(run)).at(-1);
    expect(last).toMatchObject({
      record: JobProgressed.fullName,
      data: { checkpoint: { digest: expect.any(String) } },
    });
    await withWorker(async (worker) => {
      expect(await completed(run)).toMatchObject({ attempt: 2 });
      expect(worker.output).toContain('"resumes":true');
    });
  }, 180_000);

  it('a worker that was out for longer than its lease puts the job down, and takes the next one', async () => {
    const [run, next] = [randomUUID(), randomUUID()];
    const patient = { name: 'patient', learner: 'gradient-boosted-trees', parameters: { trees: 2_000, depth: 3 } };
    const sleeper = service.worker();
    await start(run, { plan: flightsPlan({ candidates: [patient] }) });
    await service.await(
      'progress',
      () => service.reportsOf(run),
      (report) => report.data.phase === 'search',
    );
    process.kill(sleeper.pid, 'SIGSTOP');
    const other = service.worker();
    await service.await(
      'second attempt',
      () => service.facts(Topics.jobAssignments),
      ({ data }) => data.run === run && data.attempt === 2,
    );
    process.kill(sleeper.pid, 'SIGCONT');
    await sleeper.waitFor('its lease was lost to a later attempt', 60_000);
    expect(await completed(run)).toMatchObject({ attempt: 2 });
    await other.kill('SIGTERM');
    await start(next);
    expect(await completed(next)).toMatchObject({ attempt: 1 });
    await sleeper.kill('SIGTERM');
  }, 240_000);
});

describe('training > commands', () => {
  it('a doubled command has one effect; a taken id is refused', async () => {
    const run = randomUUID();
    const command = await start(run);
    await service.fact(run, RunPlanned);
    await start(run, {}, command);
    const other = await start(run);
    const refused = await service.fact(run, RunRefused);
    expect(refused).toMatchObject({ causationId: other, data: { reasonCode: 'RUN_EXISTS', commandId: other } });
    expect((await service.factsOf(run)).filter((fact) => fact.causationId === command)).toHaveLength(1);
  }, 90_000);

  it('refuses a data set that stays unknown, and waits for one that comes a little late', async () => {
    const [never, late] = [randomUUID(), randomUUID()];
    await start(never, { dataset: 'nowhere:1' });
    await start(late, { dataset: 'flights:2' });
    const dataset = await writeFlights(service.artifacts, service.folder, 'flights:2', 400);
    await service.publish(DatasetRegistered, dataset.dataset, dataset);
    await judge('flights:2');
    expect((await service.fact(never, RunRefused)).data).toMatchObject({ reasonCode: 'UNKNOWN_DATASET' });
    expect((await service.fact(late, RunPlanned)).data).toMatchObject({ datasetDigest: dataset.digest });
  }, 90_000);
});

describe('training > verdicts', () => {
  it('waits for a verdict, refuses what is rejected, and plans what somebody answers for', async () => {
    const [waiting, early, overridden] = [randomUUID(), randomUUID(), randomUUID()];
    for (const name of ['flights:8', 'flights:9']) {
      const dataset = await writeFlights(service.artifacts, service.folder, name, 400);
      await service.publish(DatasetRegistered, name, dataset);
    }
    await start(waiting, { dataset: 'flights:8' });
    await start(early, { dataset: 'flights:9' });
    await sleep(1_500);
    expect(await service.factsOf(waiting)).toEqual([]);
    await judge('flights:8');
    const broken = { ...sampleOf(DatasetJudged).broken[0]!, severity: 'ERROR' as const, reason: 'origin is text.' };
    await judge('flights:9', { verdict: 'REJECTED', broken: [broken] });
    expect((await service.fact(waiting, RunPlanned)).data).toMatchObject({ verdict: 'ACCEPTED' });
    expect((await service.fact(early, RunRefused)).data).toMatchObject({
      reasonCode: 'DATASET_REJECTED',
      reason: expect.stringContaining('origin is text.'),
    });
    const override = { ...sampleOf(VerdictOverridden), dataset: 'flights:9' };
    await service.publish(VerdictOverridden, 'flights:9', override);
    await start(overridden, { dataset: 'flights:9' });
    expect((await service.fact(overridden, RunPlanned)).data).toMatchObject({ verdict: 'OVERRIDDEN' });
  }, 90_000);
});

describe('training > hopeless plans', () => {
  let worker: NodeProcess;
  beforeAll(() => {
    worker = service.worker();
  });
  afterAll(() => worker.kill('SIGTERM'), 60_000);

  it.each([
    [
      'a parameter that the learner does not have',
      { candidates: [{ name: 'x', learner: 'gradient-boosted-trees', parameters: { forests: 3 } }] },
      'LEARNING_PLAN_INVALID',
    ],
    [
      'a target that never comes true',
      { target: { column: 'delay', threshold: 1e9, meaning: '' } },
      'LEARNING_SINGLE_CLASS',
    ],
    [
      'a column of text as a number',
      { features: [{ name: 'origin', column: 'origin', kind: 'NUMBER' as const, meaning: '', closed: false }] },
      'LEARNING_PLAN_INVALID',
    ],
  ])(
    'fail with their reason: %s',
    async (_, change, reasonCode) => {
      const run = randomUUID();
      await start(run, { plan: flightsPlan(change) });
      const failed = await service.fact(run, RunFailed);
      expect(failed.data).toMatchObject({ reasonCode, attempt: 1, model: 'late' });
      expect(failed.data.reason).not.toBe('');
    },
    90_000,
  );
});

describe('training > workers of others', () => {
  /** A worker that the spec plays itself. */
  const announce = (worker: string, busyWith: string | null, stopping = false) =>
    service.publish(WorkerAnnounced, worker, {
      worker,
      capabilities: ['logistic-regression', 'gradient-boosted-trees'],
      host: 'elsewhere',
      pid: 1,
      busyWith,
      stopping,
    });
  const assignmentOf = async (worker: string, run: string): Promise<JobAssigned> => {
    const read = () => service.facts(Topics.jobAssignments);
    const found = await service.await('assignment', read, ({ key, data }) => key === worker && data.run === run);
    return found.data as unknown as JobAssigned;
  };
  const failure = (job: JobAssigned, change: Partial<JobFailed> = {}): JobFailed => ({
    job: job.job,
    run: job.run,
    attempt: job.attempt,
    worker: job.worker,
    reasonCode: 'TOO_TIRED',
    reason: 'It was a long day.',
    retriable: false,
    ...change,
  });

  it('ignores reports of a stale attempt; a goodbye frees the job at once', async () => {
    const [run, early, later] = [randomUUID(), randomUUID(), randomUUID()];
    await announce(early, null);
    await start(run);
    const first = await assignmentOf(early, run);
    await announce(early, null, true);
    await announce(later, null);
    const second = await assignmentOf(later, run);
    expect([first.attempt, second.attempt]).toEqual([1, 2]);
    await service.publish(JobFailed, early, failure(first, { reasonCode: 'STALE' }));
    await service.publish(JobFailed, later, failure(second));
    await announce(later, null, true);
    expect((await service.fact(run, RunFailed)).data).toMatchObject({ reasonCode: 'TOO_TIRED', attempt: 2 });
    const { job, attempt } = second;
    await service.publish(JobSucceeded, later, { ...sampleOf(JobSucceeded), job, run, attempt, worker: later });
    await start(run);
    await service.fact(run, RunRefused);
    expect(names(await service.factsOf(run))).toEqual([
      'RunPlanned',
      'RunStarted',
      'RunStarted',
      'RunFailed',
      'RunRefused',
    ]);
  }, 120_000);

  it('what may be tried again is tried again', async () => {
    const [run, worker] = [randomUUID(), randomUUID()];
    await announce(worker, null);
    await start(run);
    const first = await assignmentOf(worker, run);
    await service.publish(JobFailed, worker, failure(first, { retriable: true }));
    await announce(worker, null);
    await service.await(
      'second attempt',
      () => service.facts(Topics.jobAssignments),
      ({ data }) => data.run === run && data.attempt === 2,
    );
    await service.publish(JobFailed, worker, failure({ ...first, attempt: 2 }));
    await announce(worker, null, true);
    expect((await service.fact(run, RunFailed)).data).toMatchObject({ attempt: 2 });
  }, 120_000);

  it('gives a run up that has cost too many workers', async () => {
    const run = randomUUID();
    await start(run);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const victim = randomUUID();
      await announce(victim, null);
      expect(await assignmentOf(victim, run)).toMatchObject({ attempt });
      await announce(victim, run, true);
    }
    expect((await service.fact(run, RunFailed)).data).toMatchObject({
      reasonCode: 'WORKER_LOST',
      attempt: MAX_ATTEMPTS,
    });
  }, 120_000);
});

describe('training > built-in workers', () => {
  it('start for a job, restart after a kill, and end when there is nothing to do', async () => {
    await service.stop();
    const own = { MILLRACE_TRAINING_WORKERS: '1', MILLRACE_TRAINING_IDLE: '3000', ...OFTEN };
    const restarted = await service.start(own);
    const run = randomUUID();
    await start(run, { plan: flightsPlan({ searchRows: 6_000 }) });
    await service.await(
      'progress',
      () => service.reportsOf(run),
      (report) => report.record === JobProgressed.fullName && report.data.checkpoint !== null,
    );
    const pid = Number(/"pid":(\d+),"msg":"Started a training worker"/.exec(restarted.output)?.[1]);
    process.kill(pid, 'SIGKILL');
    expect(await completed(run)).toMatchObject({ attempt: 2 });
    await restarted.waitFor('A training worker ended', 30_000);
  }, 180_000);

  it('a broker that is away for 20 s costs time, nothing else', async () => {
    await service.stop();
    const proxy = await FaultProxy.start({ target: testGround().kafka, protocol: 'kafka' });
    await service.start({ MILLRACE_TRAINING_WORKERS: '1', KAFKA_BROKERS: proxy.address, ...OFTEN });
    const run = randomUUID();
    await start(run, { plan: flightsPlan({ searchRows: 6_000 }) });
    await service.await(
      'progress',
      () => service.reportsOf(run),
      (report) => report.data.phase === 'search',
    );
    await proxy.refuse();
    await sleep(20_000);
    await proxy.accept();
    expect(await completed(run)).toMatchObject({ model: 'late' });
    expect(names(await service.factsOf(run)).filter((name) => name === 'RunCompleted')).toHaveLength(1);
    await service.stop();
    await proxy.close();
  }, 240_000);

  it('rebuilds runs, data sets and verdicts from the log, when it is stopped as well', async () => {
    const { tables } = await service.rebuild();
    expect(tables.map(({ table, kind, difference }) => [table, kind, difference])).toEqual([
      ['datasets', 'projection', null],
      ['endpoints', 'projection', null],
      ['learner_states', 'projection', null],
      ['learners', 'state', null],
      ['runs', 'state', null],
      ['verdicts', 'projection', null],
    ]);
    const rows = Object.fromEntries(tables.map((one) => [one.table, one.rows]));
    expect([rows.runs, rows.datasets, rows.verdicts].every((count) => Number(count) > 0)).toBe(true);
  }, 90_000);
});
