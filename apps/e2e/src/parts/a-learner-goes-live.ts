import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LabelledExample, PredictionResponse } from '@millrace/contracts';
import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';

const ENDPOINT = 'flights-eager';
const MODEL = 'flights-again';
const LEARNER = 'eager';
const EXAMPLES = 600;
const SNAPSHOT_AT = 500;
const WINDOW = 200;
/** Nats by which a snapshot must beat the released model to be proposed. */
const MARGIN = 0.1;
const MINUTE = 60_000;
const MAY = Date.UTC(2001, 4, 1);

const feature = (name: string, kind: string) => ({ name, column: name, kind, meaning: name });
/** As a user writes it: the columns are the features of the endpoint, and `outcome` is what really happened. */
const PLAN = {
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'outcome', threshold: 0.5, meaning: 'arrives more than 15 minutes late' },
  features: [feature('origin', 'CATEGORY'), feature('distance', 'NUMBER'), feature('departure', 'TIME')],
  candidates: [{ name: 'logistic', learner: 'logistic-regression', parameters: {} }],
  folds: 2,
  searchRows: 1_000,
  seed: 2001,
};

const EXPECTED = {
  label: 'outcome',
  expectations: [{ id: 'yes-or-no', kind: 'IN_SET', column: 'outcome', values: ['0', '1'], severity: 'ERROR' }],
};

/** A world that is not the one the released model knows: from SFO nearly every flight is late, from elsewhere hardly any. */
const flights = Array.from({ length: EXAMPLES }, (_, index) => {
  const departure = MAY + index * MINUTE;
  const origin = index % 2 === 0 ? 'SFO' : 'ATL';
  const features = { origin, destination: 'JFK', distance: 500 + ((index * 37) % 1_000), departure };
  const odd = index % 10 === 3 || index % 10 === 6;
  return { requestId: `eager-${index}`, features, eventTime: departure, label: (origin === 'SFO') !== odd ? 1 : 0 };
});

/** Mean log loss of what the model that answered had said. */
const lossOfAnswers = (examples: readonly LabelledExample[]): number =>
  examples.reduce((sum, { label, outputs }) => {
    const late = Number(outputs!.probability);
    return sum - Math.log(label === 1 ? late : 1 - late);
  }, 0) / examples.length;

/** From outcomes to a model that answers, by two ways: trained on a data set of them, and learned one by one. */
export function aLearnerGoesLive(platform: () => E2ePlatform): void {
  describe('a learner goes live', () => {
    let topics: EndpointTopics;
    const ask = (origin: string) => {
      const data = { origin, destination: 'JFK', distance: 800, departure: MAY };
      return platform().json<PredictionResponse>('predict', ENDPOINT, '--data', JSON.stringify(data));
    };

    it('answers, hears what really happened, and has both on one topic', async () => {
      const create = await platform().cli('endpoint', 'create', ENDPOINT, '--from', 'flights-late:1');
      expect(create).toMatchObject({ code: 0 });
      const release = await platform().cli('release', 'propose', ENDPOINT, 'flights-late:1');
      expect(release).toMatchObject({ code: 0 });
      topics = await EndpointTopics.of(platform(), ENDPOINT);
      await topics.send(
        flights.map(({ requestId, features, eventTime }) => ({
          key: requestId,
          value: topics.encode(topics.request(requestId, features, { eventTime })),
        })),
      );
      const answered = async () => (await topics.readResponses()).length >= EXAMPLES;
      await platform().until(answered, 60_000, `answer ${EXAMPLES} requests`);
      await topics.tell(flights.map(({ requestId, eventTime, label }) => ({ requestId, eventTime, label })));
      const joined = async () => (await topics.readLabelled()).length >= EXAMPLES;
      await platform().until(joined, 60_000, `join ${EXAMPLES} outcomes`);
    });

    it('trains on a data set that is cut from the labelled examples, as on any other', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'millrace-plan-'));
      try {
        const [plan, expected] = [path.join(folder, 'plan.json'), path.join(folder, 'expected.json')];
        writeFileSync(plan, JSON.stringify(PLAN));
        writeFileSync(expected, JSON.stringify(EXPECTED));
        const define = await platform().cli('expectations', 'define', `${ENDPOINT}.v1`, '--file', expected);
        expect(define).toMatchObject({ code: 0, stderr: expect.stringContaining(`${ENDPOINT}.v1:1: 1 expectations`) });
        const cut = await platform().json('dataset', 'snapshot', '--endpoint', ENDPOINT);
        expect(cut).toMatchObject({ dataset: `${ENDPOINT}.v1:1`, rows: EXAMPLES });
        const profile = await platform().json('dataset', 'profile', `${ENDPOINT}.v1:1`);
        expect(profile).toMatchObject({ label: 'outcome', rows: EXAMPLES });
        const run = await platform().json<{ result: { holdOut: { auc: number } } }>(
          ...['train', MODEL, '--dataset', `${ENDPOINT}.v1:1`, '--plan', plan],
        );
        expect(run.result.holdOut.auc).toBeGreaterThan(0.7);
      } finally {
        rmSync(folder, { recursive: true });
      }
      type Model = { model: string; versions: { dataset: string; origin: string }[] };
      const version = async () =>
        (await platform().json<Model[]>('model', 'list')).find(({ model }) => model === MODEL)?.versions[0];
      await platform().until(async () => (await version()) !== undefined, 30_000, 'register the version');
      expect(await version()).toMatchObject({ origin: 'RUN', dataset: `${ENDPOINT}.v1:1` });
    });

    it('lets a snapshot of a learner go live by itself, because it beats the released model by the margin', async () => {
      const risk = await platform().cli('risk', 'set', MODEL, 'minimal', '--reason', 'nobody is hurt by a wrong guess');
      expect(risk).toMatchObject({ code: 0 });
      const start = await platform().cli(
        ...['learner', 'start', LEARNER, '--endpoint', ENDPOINT, '--window', String(WINDOW)],
        ...['--snapshot-every', String(SNAPSHOT_AT), '--snapshot-model', MODEL],
        ...['--release-when-better-by', String(MARGIN)],
      );
      expect(start).toMatchObject({ code: 0, stderr: expect.stringContaining(`${LEARNER} learns`) });
      type Release = { revision: number; arms: { model: string; version: number }[]; reason: string };
      const live = async () => (await platform().json<Release[]>('release', 'list', ENDPOINT)).at(-1)!;
      await platform().until(async () => (await live()).revision === 2, 60_000, 'let the snapshot go live');
      expect(await live()).toMatchObject({
        arms: [{ model: MODEL, version: 2 }],
        proposedBy: 'service:registry',
        grantedBy: 'built-in:1',
        reason: expect.stringContaining(`${LEARNER} at offset ${SNAPSHOT_AT} beats the released model by`),
      });
      type Loss = { logLoss: number };
      type Snapshot = { offset: number; betterBy: number; beside: { examples: number; released: Loss; learner: Loss } };
      const learner = await platform().json<{ versions: Snapshot[] }>('learner', 'show', LEARNER);
      expect(learner.versions).toMatchObject([{ offset: SNAPSHOT_AT, model: MODEL, beside: { examples: WINDOW } }]);
      const [{ betterBy, beside }] = learner.versions as [Snapshot];
      const same = (await topics.readLabelled()).slice(SNAPSHOT_AT - WINDOW, SNAPSHOT_AT);
      expect(beside.released.logLoss).toBeCloseTo(lossOfAnswers(same), 9);
      expect(betterBy).toBeCloseTo(beside.released.logLoss - beside.learner.logLoss, 9);
      expect(betterBy).toBeGreaterThanOrEqual(MARGIN);
    });

    it('answers by what was learned, and computes all of it again from the log', async () => {
      const serves = async () => (await ask('SFO')).releaseRevision === 2;
      await platform().until(serves, 30_000, 'answer by the snapshot');
      const [late, punctual] = [await ask('SFO'), await ask('ATL')];
      for (const response of [late, punctual])
        expect(response).toMatchObject({ status: 'PREDICTED', decision: { model: MODEL, version: 2 } });
      expect(Number(late.outputs!.probability)).toBeGreaterThan(0.6);
      expect(Number(punctual.outputs!.probability)).toBeLessThan(0.4);
      const replay = await platform().json<{ responses: number; versions: object }>('replay', ENDPOINT);
      expect(replay).toMatchObject({ differences: 0 });
      expect(replay.responses).toBeGreaterThan(EXAMPLES);
      expect(Object.keys(replay.versions)).toHaveLength(2);
      type Story = { nodes: { kind: string; title: string }[] };
      const { nodes } = await platform().json<Story>('trace', late.requestId);
      expect(nodes.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['snapshot', 'version', 'release', 'grant']),
      );
    });
  });
}
