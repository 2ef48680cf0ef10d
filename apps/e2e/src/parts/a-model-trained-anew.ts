import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AlertRaised,
  DatasetJudged,
  DatasetRegistered,
  JobAssigned,
  JobSucceeded,
  ModelVersionRegistered,
  RetrainingRequested,
  RunCompleted,
  SnapshotDataset,
  Topics,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import type { HistoryRecord } from '@millrace/testing';
import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';
import { LogReader } from '../platform/log-reader';

interface Columns {
  readonly target: string;
  readonly threshold: number;
  readonly departure: string;
}

/** One candidate, so that it comes soon. */
const planOf = ({ target, threshold, departure }: Columns) => ({
  task: 'BINARY_CLASSIFICATION',
  target: { column: target, threshold, meaning: 'arrives more than 15 minutes late' },
  features: [
    { name: 'origin', column: 'origin', kind: 'CATEGORY', meaning: 'airport of departure' },
    { name: 'destination', column: 'destination', kind: 'CATEGORY', meaning: 'airport of arrival' },
    { name: 'distance', column: 'distance', kind: 'NUMBER', meaning: 'miles' },
    { name: 'departure', column: departure, kind: 'TIME', meaning: 'actual departure' },
  ],
  candidates: [{ name: 'logistic', learner: 'logistic-regression', parameters: {} }],
  folds: 2,
  searchRows: 2_000,
  seed: 7,
});

/** From what really happened after the responses, and from the records of the source. */
const OF_OUTCOMES = planOf({ target: 'outcome', threshold: 0.5, departure: 'departure' });
const OF_FLIGHTS = planOf({ target: 'delay', threshold: 15, departure: 'date' });

/** Topics of the records that lead to a version. */
const ON_THE_WAY = [
  Topics.ingestionCommands,
  Topics.datasets,
  Topics.verdicts,
  Topics.windows,
  Topics.alerts,
  Topics.retraining,
  Topics.runs,
  Topics.jobAssignments,
  Topics.workerReports,
  Topics.models,
];

interface Trigger {
  readonly trigger: string;
  readonly model: string;
  readonly source: string;
  readonly requests: readonly {
    readonly run: string;
    readonly cause: { readonly kind: string; readonly subject: string };
  }[];
}

/** Declared triggers and what they pull: each new version leads back by causation ids to what met the condition. */
export function aModelTrainedAnew(platform: () => E2ePlatform): void {
  describe('a model trained anew', () => {
    const trigger = async (name: string) =>
      (await platform().json<Trigger[]>('trigger', 'list')).find((one) => one.trigger === name)!;
    const versions = async () =>
      (await platform().json<{ model: string; versions: { version: number; run: string }[] }[]>('model', 'list')).find(
        ({ model }) => model === 'flights-late',
      )!.versions;
    const revisions = async () => (await platform().json<unknown[]>('release', 'list', 'flights-late')).length;

    const declare = async (name: string, plan: object, ...how: string[]): Promise<void> => {
      const folder = mkdtempSync(path.join(tmpdir(), 'millrace-plan-'));
      try {
        const file = path.join(folder, 'plan.json');
        writeFileSync(file, JSON.stringify(plan));
        const words = ['trigger', 'declare', name, '--endpoint', 'flights-late', '--plan', file, ...how];
        const declared = await platform().cli(...words);
        expect(declared).toMatchObject({ code: 0, stderr: expect.stringContaining(`${name} is declared`) });
      } finally {
        rmSync(folder, { recursive: true });
      }
    };

    /** The version that a trigger's only request has led to. */
    const untilVersion = async (name: string): Promise<{ version: number; run: string }> => {
      const made = async () => {
        const [request] = (await trigger(name)).requests;
        return (await versions()).find(({ run }) => run === request?.run);
      };
      await platform().until(async () => (await made()) !== undefined, 180_000, `make a version for trigger ${name}`);
      return (await made())!;
    };

    /** Names of the records that lead to the version of a run, by causation ids, newest first. */
    const wayTo = async (run: string): Promise<string[]> => {
      const { endpoint } = await EndpointTopics.of(platform(), 'flights-late');
      const reader = new LogReader(platform(), endpoint);
      const known = new Map<string, HistoryRecord>();
      for (const { name } of ON_THE_WAY)
        for (const { committed } of await reader.logsOf(name)) for (const one of committed) known.set(one.id, one);
      const made = [...known.values()].find(
        ({ type, data }) => type === ModelVersionRegistered.fullName && (data as ModelVersionRegistered).run === run,
      );
      const way: string[] = [];
      for (let next = made; next; next = known.get(next.cause ?? '')) way.push(next.type);
      return way;
    };
    const names = (records: readonly { readonly fullName: string }[]) => records.map(({ fullName }) => fullName);
    const TRAINED = [ModelVersionRegistered, RunCompleted, JobSucceeded, JobAssigned, RetrainingRequested];

    it('on new data: a data set of labelled examples becomes a version that is not live', async () => {
      const [before, revisionsBefore] = [await versions(), await revisions()];
      await declare('on-outcomes', OF_OUTCOMES, '--new-data', '--source', 'flights-late.v1');
      expect(await trigger('on-outcomes')).toMatchObject({
        model: 'flights-late',
        source: 'flights-late.v1',
        requests: [],
      });
      const { dataset } = await platform().json('dataset', 'snapshot', '--endpoint', 'flights-late');
      const { version, run } = await untilVersion('on-outcomes');
      expect(version).toBe(before.length + 1);
      expect((await trigger('on-outcomes')).requests).toMatchObject([
        { cause: { kind: 'NEW_DATA', subject: dataset } },
      ]);
      expect(await wayTo(run)).toEqual(names([...TRAINED, DatasetJudged, DatasetRegistered, SnapshotDataset]));
      expect(await revisions()).toBe(revisionsBefore);
      expect((await platform().cli('trigger', 'list')).stdout).toContain(`flights-late:${version}`);
    });

    it('on drift: kilometres for miles are named by verdict, windows and alert, and the alert pulls', async () => {
      await declare('on-drift', OF_FLIGHTS, '--drift');
      const { code, stderr, stdout } = await platform().cli('demo', '--fault', 'distance-in-km', '--rows', '6000');
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/ACCEPTED with a warning: The distribution of distance has moved/),
      });
      expect(stdout).toContain('the distribution moved: PSI');
      expect(stderr).toContain('alert flights-late.v1/DRIFT/distance (RAISED)');
      const { run } = await untilVersion('on-drift');
      // So small a model knows few airports, so unseen ones may be alarming too, and before the distance.
      const cause = { kind: 'DRIFT', subject: expect.stringMatching(/^flights-late\.v1\/DRIFT\//) };
      expect((await trigger('on-drift')).requests).toMatchObject([{ cause }]);
      const way = await wayTo(run);
      expect(way.slice(0, -1)).toEqual(names([...TRAINED, AlertRaised]));
      // A partition that was read late has its window corrected.
      expect(names([WindowClosed, WindowCorrected])).toContain(way.at(-1));
    });

    it('from the same plan and data, to the same bytes, and says so', async () => {
      const plan = path.join(__dirname, '../../../../examples/flights/plan.json');
      const again = await platform().cli('train', 'flights-late', '--dataset', 'flights:1', '--plan', plan);
      expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('the same bytes as flights-late:1:') });
    });

    it('not again while the trigger cools down, and the alert is taken care of once', async () => {
      const again = await platform().cli('retrain', 'on-drift', '--reason', 'once more');
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('COOLING_DOWN') });
      const unknown = await platform().cli('retrain', 'on-drfit');
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean on-drift?') });
      const alert = 'flights-late.v1/DRIFT/distance';
      expect(await platform().cli('alert', 'ack', alert, '--note', 'asking the sender')).toMatchObject({ code: 0 });
      const twice = await platform().cli('alert', 'ack', alert, '--note', 'me too');
      expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('ALERT_ACKNOWLEDGED') });
    });
  });
}
