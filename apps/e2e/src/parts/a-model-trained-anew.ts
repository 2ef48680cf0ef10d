import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DatasetJudged,
  DatasetRegistered,
  JobAssigned,
  JobSucceeded,
  ModelVersionRegistered,
  RetrainingRequested,
  RunCompleted,
  SnapshotDataset,
  Topics,
} from '@millrace/contracts';
import type { HistoryRecord } from '@millrace/testing';
import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';
import { LogReader } from '../platform/log-reader';

/** To learn from what really happened after the responses; one candidate, so that it comes soon. */
const PLAN = {
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'outcome', threshold: 0.5, meaning: 'arrived more than 15 minutes late' },
  features: [
    { name: 'origin', column: 'origin', kind: 'CATEGORY', meaning: 'airport of departure' },
    { name: 'destination', column: 'destination', kind: 'CATEGORY', meaning: 'airport of arrival' },
    { name: 'distance', column: 'distance', kind: 'NUMBER', meaning: 'miles' },
    { name: 'departure', column: 'departure', kind: 'TIME', meaning: 'actual departure' },
  ],
  candidates: [{ name: 'logistic', learner: 'logistic-regression', parameters: {} }],
  folds: 2,
  searchRows: 2_000,
  seed: 7,
};

interface Trigger {
  readonly trigger: string;
  readonly model: string;
  readonly source: string;
  readonly requests: readonly {
    readonly run: string;
    readonly cause: { readonly kind: string; readonly subject: string };
  }[];
}

/** A declared trigger, a new data set of labelled examples, and a new version: the way back goes by causation ids. */
export function aModelTrainedAnew(platform: () => E2ePlatform): void {
  describe('a model trained anew', () => {
    const triggers = () => platform().json<Trigger[]>('trigger', 'list');
    const versions = async () =>
      (await platform().json<{ model: string; versions: { version: number; run: string }[] }[]>('model', 'list')).find(
        ({ model }) => model === 'flights-late',
      )!.versions;
    const revisions = async () => (await platform().json<unknown[]>('release', 'list', 'flights-late')).length;

    it('is asked for by a trigger that waits for new data, and becomes a version that is not live', async () => {
      const [before, revisionsBefore] = [await versions(), await revisions()];
      const folder = mkdtempSync(path.join(tmpdir(), 'millrace-plan-'));
      try {
        const plan = path.join(folder, 'plan.json');
        writeFileSync(plan, JSON.stringify(PLAN));
        const how = ['--new-data', '--source', 'flights-late.v1', '--plan', plan];
        const declared = await platform().cli('trigger', 'declare', 'anew', '--endpoint', 'flights-late', ...how);
        expect(declared).toMatchObject({ code: 0, stderr: expect.stringContaining('anew is declared') });
      } finally {
        rmSync(folder, { recursive: true });
      }
      expect(await triggers()).toMatchObject([
        { trigger: 'anew', model: 'flights-late', source: 'flights-late.v1', requests: [] },
      ]);
      const { dataset } = await platform().json<{ dataset: string }>(
        'dataset',
        'snapshot',
        '--endpoint',
        'flights-late',
      );
      await platform().until(
        async () => (await versions()).length > before.length,
        120_000,
        `make a version of flights-late from ${dataset}`,
      );
      const [{ requests }] = (await triggers()) as [Trigger];
      expect(requests).toMatchObject([{ cause: { kind: 'NEW_DATA', subject: dataset } }]);
      expect((await versions()).at(-1)).toMatchObject({ version: before.length + 1, run: requests[0]!.run });
      expect(await revisions()).toBe(revisionsBefore);
    });

    it('leads back by causation ids to the command that cut the data', async () => {
      const { endpoint } = await EndpointTopics.of(platform(), 'flights-late');
      const reader = new LogReader(platform(), endpoint);
      const { models, runs, workerReports, jobAssignments, retraining, verdicts, datasets, ingestionCommands } = Topics;
      const known = new Map<string, HistoryRecord>();
      for (const topic of [
        models,
        runs,
        workerReports,
        jobAssignments,
        retraining,
        verdicts,
        datasets,
        ingestionCommands,
      ])
        for (const { committed } of await reader.logsOf(topic.name))
          for (const one of committed) known.set(one.id, one);
      const [{ requests }] = (await triggers()) as [Trigger];
      const made = [...known.values()].find(
        ({ type, data }) =>
          type === ModelVersionRegistered.fullName && (data as ModelVersionRegistered).run === requests[0]!.run,
      );
      const way: string[] = [];
      for (let next = made; next; next = known.get(next.cause ?? '')) way.push(next.type);
      expect(way).toEqual(
        [
          ModelVersionRegistered,
          RunCompleted,
          JobSucceeded,
          JobAssigned,
          RetrainingRequested,
          DatasetJudged,
          DatasetRegistered,
          SnapshotDataset,
        ].map(({ fullName }) => fullName),
      );
    });

    it('is not asked for again while the trigger cools down', async () => {
      const again = await platform().cli('retrain', 'anew', '--reason', 'once more');
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('COOLING_DOWN') });
      const unknown = await platform().cli('retrain', 'anwe');
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean anew?') });
    });
  });
}
