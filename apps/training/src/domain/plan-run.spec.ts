import {
  type DatasetRegistered,
  RetrainingRequested,
  type StartTraining,
  sampleOf,
  type TrainingPlan,
} from '@millrace/contracts';
import type { DatasetVerdict } from './dataset-verdict';
import { completeRun, failRun } from './judge-report';
import { planRun } from './plan-run';
import { evolveRun, noRun, type Run, type RunFact } from './run';
import { demandOfCommand, demandOfRequest } from './run-demand';

const learners = new Set(['trees']);
const plan = (change: Partial<TrainingPlan> = {}): TrainingPlan => ({
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'delay', threshold: 15, meaning: '' },
  features: [{ name: 'distance', column: 'distance', kind: 'NUMBER', meaning: '', closed: false }],
  candidates: [{ name: 'small', learner: 'trees', parameters: {} }],
  folds: 3,
  searchRows: 1_000,
  seed: 1,
  ...change,
});
const command = (change: Partial<StartTraining> = {}): StartTraining => ({
  run: 'r',
  model: 'late',
  dataset: 'f:1',
  plan: plan(),
  ...change,
});
const artifact = { digest: 'a', size: 1, mediaType: '' };
const dataset = {
  digest: 'd',
  columns: [{ name: 'delay' }, { name: 'distance' }],
  training: { rows: 10, artifact },
  holdOut: { rows: 2, artifact },
} as unknown as DatasetRegistered;
const accepted = { verdict: 'ACCEPTED', why: '' } as const;
const at = (version: number) => ({ version, now: 5, actor: 'ann', causeId: 'c' });
const decide = (
  run: Run,
  one: StartTraining,
  data: DatasetRegistered | null = dataset,
  verdict: DatasetVerdict | null = accepted,
) => planRun(run, demandOfCommand(one), data, verdict, 'p', learners, at(0));
const running = (): Run => {
  const planned = evolveRun(noRun(), decide(noRun(), command())[0]!);
  return evolveRun(planned, { type: 'RunStarted', data: { attempt: 1, occurredAt: 6 } } as RunFact);
};

describe('training > domain > demandOfRequest', () => {
  const request = (named: string | null) => ({ ...sampleOf(RetrainingRequested), source: 'f', dataset: named });
  const demand = (named: string | null, newest: string | null) => demandOfRequest(request(named), 'asks', newest);

  it('takes the data set that is named, else the newest one that is fit', () => {
    expect(demand('f:1', 'f:2')).toMatchObject({ dataset: 'f:1', asked: 'asks', lacking: null });
    expect(demand(null, 'f:2')).toMatchObject({ dataset: 'f:2', lacking: null });
  });

  it('is refused, in the name of what asked, when no data set is fit', () => {
    const [refused] = planRun(noRun(), { ...demand(null, null), model: 'late' }, null, null, 'p', learners, at(0));
    expect(refused).toMatchObject({
      type: 'RunRefused',
      data: { reasonCode: 'NO_FIT_DATASET', command: 'asks', reason: expect.stringContaining('source f') },
    });
  });
});

describe('training > domain > planRun', () => {
  it('plans with the digests that decide the bytes', () => {
    expect(decide(noRun(), command())[0]).toMatchObject({
      type: 'RunPlanned',
      data: { datasetDigest: 'd', planDigest: 'p', requestedBy: 'ann', aggregateVersion: 1, verdict: 'ACCEPTED' },
    });
  });

  it.each([
    ['an unknown data set', command(), null, 'UNKNOWN_DATASET'],
    ['a bad model name', command({ model: 'Late!' }), dataset, 'BAD_NAME'],
    [
      'an unknown column',
      command({ plan: plan({ target: { column: 'x', threshold: 1, meaning: '' } }) }),
      dataset,
      'BAD_PLAN',
    ],
    [
      'a target that is a feature',
      command({ plan: plan({ target: { column: 'distance', threshold: 1, meaning: '' } }) }),
      dataset,
      'BAD_PLAN',
    ],
    [
      'an unknown learner',
      command({ plan: plan({ candidates: [{ name: 'x', learner: 'magic', parameters: {} }] }) }),
      dataset,
      'BAD_PLAN',
    ],
    ['one fold', command({ plan: plan({ folds: 1 }) }), dataset, 'BAD_PLAN'],
    ['no candidate', command({ plan: plan({ candidates: [] }) }), dataset, 'BAD_PLAN'],
  ])('refuses %s', (_, one, data, reasonCode) => {
    expect(decide(noRun(), one, data)).toMatchObject([{ type: 'RunRefused', data: { reasonCode, commandId: 'c' } }]);
  });

  it.each([
    ['without a verdict', null, 'VERDICT_PENDING'],
    ['that was rejected', { verdict: 'REJECTED', why: 'delay is text.' } as const, 'DATASET_REJECTED'],
  ])('refuses a data set %s', (_, verdict, reasonCode) => {
    const [fact] = decide(noRun(), command(), dataset, verdict);
    expect(fact).toMatchObject({ type: 'RunRefused', data: { reasonCode } });
    expect((fact!.data as { reason: string }).reason).toContain(verdict?.why ?? 'millrace status');
  });

  it('trains on a rejected data set for which somebody answers', () => {
    const [fact] = decide(noRun(), command(), dataset, { verdict: 'OVERRIDDEN', why: 'x' });
    expect(fact).toMatchObject({ type: 'RunPlanned', data: { verdict: 'OVERRIDDEN' } });
  });

  it('refuses an id that is taken and leaves that run as it is', () => {
    const facts = decide(running(), command());
    expect(facts).toMatchObject([{ type: 'RunRefused', data: { reasonCode: 'RUN_EXISTS' } }]);
    expect(evolveRun(running(), facts[0]!).status).toBe('RUNNING');
  });
});

describe('training > domain > completeRun', () => {
  const report = { job: 'j', run: 'r', attempt: 1, worker: 'w', result: {} } as never;

  it('completes once', () => {
    const facts = completeRun(running(), report, at(2));
    expect(facts).toMatchObject([{ type: 'RunCompleted', data: { verdict: 'ACCEPTED', beganAt: 6, model: 'late' } }]);
    expect(completeRun(evolveRun(running(), facts[0]!), report, at(3))).toEqual([]);
  });

  it('fails on a report that says it is hopeless and waits for the lease otherwise', () => {
    const failed = (retriable: boolean) =>
      failRun(running(), { run: 'r', attempt: 1, reasonCode: 'X', reason: '', retriable } as never, at(2));
    expect(failed(true)).toEqual([]);
    expect(failed(false)).toMatchObject([{ type: 'RunFailed', data: { reasonCode: 'X' } }]);
  });
});
