import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PredictionResponse } from '@millrace/contracts';
import { type E2ePlatform, run } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';

const VERIFIER = path.join(__dirname, '../../../../examples/audit/verify-bundle.mjs');

/** The whole path, by the command line and REST only: records, data set, model, release, answers. */
export function theWayOfAFlight(platform: () => E2ePlatform): void {
  describe('the way of a flight', () => {
    it('goes from records to the first response, and through May and June', async () => {
      const { code, stderr } = await platform().cli('demo', '--rows', '6000', '--rate', '2000');
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('first response: PREDICTED') });
      expect(stderr).toContain('flights:1 is ACCEPTED');
      expect(stderr).toMatch(/\d+ requests sent/);
      expect(stderr).toMatch(/replay without a difference: [1-9]\d* responses/);
      expect(stderr).toMatch(/audit verified: [1-9]\d* records are as [1-9]\d* tree heads signed them/);
      expect(stderr).toMatch(/[1-9]\d* labelled examples on serve.flights-late.labelled.v1/);
    });

    it('puts what was asked, answered and what happened on one topic', async () => {
      const { stdout } = await platform().cli('topic', 'tail', 'serve.flights-late.labelled.v1', '-n', '20', '--json');
      const examples = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).data);
      expect(examples).toHaveLength(20);
      for (const example of examples)
        expect(example).toMatchObject({
          requestId: expect.stringMatching(/^flights-/),
          features: { origin: expect.any(String) },
          status: 'PREDICTED',
          outputs: { probability: expect.any(Number) },
          model: 'flights-late',
          label: expect.any(Number),
        });
    });

    it('sends each outcome when its flight has landed: after all flights that left before, before all that leave later', async () => {
      const topics = await EndpointTopics.of(platform(), 'flights-late');
      const left = (await topics.readRequests()).filter(({ request }) => /^flights-\d+$/.test(request.requestId));
      const landed = await topics.readOutcomes();
      const flights = new Map(left.map(({ request }) => [request.requestId, request]));
      expect([flights.size, landed.length]).toEqual([left.length, left.length]);
      for (const { outcome } of landed) {
        const { eventTime, features } = flights.get(outcome.requestId)!;
        const minutes = 30 + Number(features.distance) / 7.5;
        expect(Math.abs(outcome.eventTime! - eventTime! - minutes * 60_000)).toBeLessThan(1);
      }
      const inTheirTime = [
        ...landed.map(({ record, outcome }) => ({
          at: outcome.eventTime!,
          sent: record.timestamp,
          id: outcome.requestId,
        })),
        ...left.map(({ record, request }) => ({
          at: request.eventTime!,
          sent: record.timestamp,
          id: request.requestId,
        })),
      ].sort((a, b) => a.at - b.at);
      const early = inTheirTime.filter(({ sent, at }, index) => {
        const before = inTheirTime[index - 1];
        return before !== undefined && before.at < at && before.sent > sent;
      });
      expect(early).toEqual([]);
    });

    it('has a learner that learned from the outcomes, beside the released model and the floors', async () => {
      const learner = await platform().json<{ status: string; latest: Record<string, unknown> }>(
        'learner',
        'show',
        'flights-online',
      );
      expect(learner).toMatchObject({
        status: 'LEARNING',
        latest: {
          learner: 'flights-online',
          stateHash: expect.stringMatching(/^[0-9a-f]{64}$/),
          scores: { logLoss: expect.any(Number) },
          beside: { released: { logLoss: expect.any(Number) } },
          floors: { runningMean: { logLoss: expect.any(Number) } },
        },
      });
    });

    it('shows what is in the data set and what is expected of the next one', async () => {
      const profile = await platform().json<{ rows: number; columns: { name: string; kind: string }[] }>(
        'dataset',
        'profile',
        'flights:1',
      );
      expect(profile.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
        'date time',
        'delay integer',
        'distance integer',
        'origin text',
        'destination text',
      ]);
      const set = await platform().json<{ expectations: { id: string }[] }>('expectations', 'show', 'flights');
      expect(set.expectations.map(({ id }) => id)).toContain('derived:in-set:origin');
      const again = await platform().cli('dataset', 'override', 'flights:1', '--reason', 'because');
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('NOT_REJECTED') });
    });

    it('cuts the same data set from the same offsets again', async () => {
      const first = await platform().json('dataset', 'show', 'flights:1');
      const again = await platform().json('dataset', 'snapshot', 'flights', '--hold-out-from', '2001-04-01');
      expect(again).toMatchObject({
        dataset: 'flights:2',
        digest: first.digest,
        rows: first.rows,
        training: first.training,
        holdOut: first.holdOut,
      });
    });

    it('says which version was live at a moment', async () => {
      const [live] = await platform().json<{ revision: number; since: number }[]>('release', 'list', 'flights-late');
      expect(live).toMatchObject({ revision: 1, grantedBy: 'built-in:1' });
      const before = await platform().cli('release', 'list', 'flights-late', '--at', '2001-01-01');
      expect(before).toMatchObject({ code: 1, stderr: expect.stringContaining('served nothing') });
    });

    it('answers a request that a person sends', async () => {
      const data = JSON.stringify({ origin: 'SFO', destination: 'JFK', distance: 2586, departure: 988_700_000_000 });
      const response = await platform().json<PredictionResponse>('predict', 'flights-late', '--data', data);
      expect(response).toMatchObject({
        status: 'PREDICTED',
        decision: { model: 'flights-late', version: 1 },
        releaseRevision: 1,
      });
      expect(response.outputs!.probability).toBeGreaterThan(0);
    });

    it('answers the same over REST, by the Open Inference Protocol', async () => {
      const tensor = (name: string, datatype: string, data: unknown[]) => ({
        name,
        datatype,
        shape: [data.length],
        data,
      });
      const inputs = [
        tensor('origin', 'BYTES', ['SFO', 'ATL']),
        tensor('destination', 'BYTES', ['JFK', 'BOS']),
        tensor('distance', 'FP32', [2586, 946]),
        tensor('departure', 'INT64', [988_700_000_000, 988_700_000_000]),
      ];
      const answer = await platform().call('POST', '/v2/models/flights-late/infer', { id: 'mine', inputs });
      const body = (await answer.json()) as { id: string; outputs: { name: string; data: number[] }[] };
      expect({ status: answer.status, id: body.id }).toEqual({ status: 200, id: 'mine' });
      expect(body.outputs.find((output) => output.name === 'probability')?.data).toHaveLength(2);
    });

    it('lets a doubled command have one effect', async () => {
      const key = randomUUID();
      const send = () =>
        platform().call(
          'POST',
          '/api/v1/commands/SetModelAlias',
          { model: 'flights-late', alias: 'champion', version: 1 },
          { 'idempotency-key': key },
        );
      const [first, second] = [await (await send()).json(), await (await send()).json()] as { commandId: string }[];
      expect(second!.commandId).toBe(first!.commandId);
      await platform().until(
        async () =>
          (await platform().json<{ aliases: object }[]>('model', 'list')).some((model) => 'champion' in model.aliases),
        30_000,
        'set the alias',
      );
      const { stdout } = await platform().cli('topic', 'tail', 'registry.models.v1', '-n', '50', '--json');
      expect(stdout.split('\n').filter((line) => line.includes('ModelAliasSet'))).toHaveLength(1);
    });

    it('computes every response again from the log, and tells the story of one', async () => {
      const replayed = await platform().json<{ responses: number; differences: number }>('replay', 'flights-late');
      expect(replayed.differences).toBe(0);
      expect(replayed.responses).toBeGreaterThan(1_000);
      const data = JSON.stringify({ origin: 'SFO', destination: 'JFK', distance: 2586, departure: 988_700_000_000 });
      const { requestId } = await platform().json<PredictionResponse>('predict', 'flights-late', '--data', data);
      type Nodes = { kind: string; from: string[] }[];
      let nodes: Nodes = [];
      // A tree head covers it within ten seconds.
      await platform().until(
        async () => {
          nodes = (await platform().json<{ nodes: Nodes }>('trace', requestId)).nodes;
          return nodes.some(({ kind }) => kind === 'tree head');
        },
        30_000,
        'tree head that covers the response',
      );
      const kinds = [
        'approval',
        'command',
        'data set',
        'endpoint',
        'grant',
        'plan',
        'proposal',
        'release',
        'request',
        'response',
        'run',
      ];
      expect([...new Set(nodes.map(({ kind }) => kind))].sort()).toEqual([
        ...kinds,
        'source',
        'tree head',
        'verdict',
        'version',
      ]);
      expect(nodes.filter(({ from }) => from.length === 0).map(({ kind }) => kind)).not.toContain('version');
    });

    it('exports evidence of a response, which a program without any of our code proves off line', async () => {
      const data = JSON.stringify({ origin: 'SFO', destination: 'JFK', distance: 2586, departure: 988_700_000_000 });
      const { requestId } = await platform().json<PredictionResponse>('predict', 'flights-late', '--data', data);
      const folder = mkdtempSync(path.join(tmpdir(), 'millrace-bundle-'));
      try {
        const bundle = path.join(folder, 'bundle.json');
        const exported = await platform().cli('audit', 'export', requestId, '--output', bundle);
        expect(exported).toMatchObject({ code: 0, stderr: expect.stringContaining('under tree head') });
        const arguments_ = [VERIFIER, bundle, '--public-key', platform().file.trustedKeys];
        const proven = await run(process.execPath, arguments_, process.env);
        expect(proven).toMatchObject({ code: 0, stdout: expect.stringContaining(`request ${requestId}: `) });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('writes a model card from the log, and says what is missing', async () => {
      const card = await platform().json<{ fields: { field: string; missing: string | null }[] }>(
        'model',
        'card',
        'flights-late:1',
      );
      expect(card.fields.filter(({ missing }) => missing !== null).map(({ field }) => field)).toEqual(['notice']);
      const { stdout } = await platform().cli('model', 'card', 'flights-late');
      expect(stdout).toMatch(/The risk class is MINIMAL.* \(`governance\.risks\.v1`, partition 0, offset \d+\)/);
    });

    it('counts who asked how much, from the log', async () => {
      const rows = await platform().json<{ requests: number; statuses: Record<string, number> }[]>(
        'usage',
        'flights-late',
      );
      expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(1_000);
      for (const { requests, statuses } of rows)
        expect(Object.values(statuses).reduce((sum, one) => sum + one, 0)).toBe(requests);
    });

    it('lets a release of high risk wait for two people who neither proposed nor trained it', async () => {
      const { code, stderr } = await platform().cli('demo', '--rows', '6000', '--risk', 'high');
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('0 of 2 approvals') });
      expect(stderr).toContain('FOUR_EYES');
      expect(stderr).toContain('1 of 2 approvals');
      expect(stderr).toMatch(/flights-crews serves flights-crews:1 \(revision 1\)/);
      expect(stderr).toContain('first response: PREDICTED');
      const [live] = await platform().json<{ grantedBy: string }[]>('release', 'list', 'flights-crews');
      expect(live).toMatchObject({ grantedBy: 'approver-1, approver-2', proposedBy: 'admin' });
      const approvals = await platform().json<{ status: string }[]>('approval', 'list', '--all');
      expect(approvals.map(({ status }) => status)).toEqual(['GRANTED', 'GRANTED']);
      const set = await platform().cli('risk', 'set', 'flights-crews', 'unacceptable', '--reason', 'a test');
      expect(set).toMatchObject({ code: 0, stderr: expect.stringContaining('release halt flights-crews') });
    });

    it('rolls a release back and forward again, each under a higher revision', async () => {
      const refused = await platform().cli('release', 'rollback', 'flights-late');
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('UNKNOWN_REVISION') });
      const twice = await platform().cli('release', 'propose', 'flights-late', 'flights-late:1');
      expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('ALREADY_LIVE') });
    });

    it('stops at once when the kill switch is pulled, and goes on with a roll back', async () => {
      const topics = await EndpointTopics.of(platform(), 'flights-late');
      let asked = 0;
      const ask = async () => {
        const requestId = `halted-${asked++}`;
        await topics.send([{ key: requestId, value: topics.encode(topics.request(requestId)) }]);
        const answer = async () =>
          (await topics.readResponses()).find(({ response }) => response.requestId === requestId);
        await platform().until(async () => (await answer()) !== undefined, 30_000, 'answer');
        return (await answer())!.response;
      };
      expect(await ask()).toMatchObject({ status: 'PREDICTED', releaseRevision: 1 });
      const halt = await platform().cli('release', 'halt', 'flights-late', '--reason', 'a test of the switch');
      expect(halt).toMatchObject({ code: 0, stderr: expect.stringContaining('is halted') });
      await platform().until(async () => (await ask()).status === 'REJECTED', 30_000, 'stop');
      expect(await ask()).toMatchObject({ status: 'REJECTED', reasonCode: 'ENDPOINT_HALTED', releaseRevision: 2 });
      const twice = await platform().cli('release', 'halt', 'flights-late');
      expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('NOTHING_TO_HALT') });
      expect((await platform().call('GET', '/v2/models/flights-late/ready')).status).toBe(503);
      expect(await platform().cli('release', 'rollback', 'flights-late')).toMatchObject({ code: 0 });
      await platform().until(async () => (await ask()).status === 'PREDICTED', 30_000, 'go on');
      expect(await ask()).toMatchObject({ status: 'PREDICTED', releaseRevision: 3 });
    });
  });
}
