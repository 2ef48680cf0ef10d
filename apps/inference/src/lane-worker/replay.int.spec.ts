import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PredictionResponse } from '@millrace/contracts';
import { FRAME_BYTES, frame, schemaIdOf } from '@millrace/messaging';
import { spawnNode, uniqueName } from '@millrace/testing';
import { alteredCopy } from '../../test/altered-copy';
import { complaintsAbout } from '../../test/complaints';
import { InferenceUnderTest, type Served } from '../../test/inference-under-test';
import { scaleModel, signature } from '../../test/sample-models';

const CLI = path.join(__dirname, '../../../cli/bin/millrace.cjs');
const PARTITIONS = 4;
const LARGEST = 64;
const ROUNDS = 5;
const FACTORS = [0.1, 0.3, 0.7];

interface ReplayJson {
  readonly responses: number;
  readonly differences: number;
  readonly statuses: Record<string, number>;
  readonly versions: Record<string, number>;
  readonly revisions: Record<string, number>;
  readonly causes: Record<string, number>;
  readonly batches: { readonly smallest: number; readonly largest: number };
  readonly shown: { readonly cause: string; readonly requestId: string; readonly partition: number }[];
}

let ground: InferenceUnderTest;
let served: Served;
let responses: PredictionResponse[];
const digests: string[] = [];

/** The command as a user runs it, with nothing but the broker, the schema registry and the artifact store. */
async function millrace(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawnNode(CLI, {
    args: [...args, '--no-progress'],
    env: {
      KAFKA_BROKERS: ground.installation.ground.kafka,
      MILLRACE_PREFIX: ground.kafka.prefix,
      SCHEMA_REGISTRY_URL: ground.installation.registry.url,
      MILLRACE_ARTIFACTS: ground.artifactFolder,
      MILLRACE_PLATFORM: path.join(ground.folder, 'none.json'),
      NO_COLOR: '1',
      ...env,
    },
  });
  const { code } = await child.exit;
  return { code, output: child.output };
}

async function replayed<T = ReplayJson>(
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<T & { code: number | null }> {
  const { code, output } = await millrace(['replay', served.created.endpoint, '--json', ...args], env);
  try {
    return { ...(JSON.parse(output) as T), code };
  } catch {
    throw new Error(`The command gave no JSON (exit code ${code}):\n${output}`);
  }
}

/** Batches of 1 to 64 requests, a little apart, so that most go through the model as they were sent. */
async function traffic(round: number, asked: string[][], during: (size: number) => void = () => {}): Promise<void> {
  for (let size = 1; size <= LARGEST; size++) {
    const partition = size % PARTITIONS;
    const rows = Array.from({ length: size }, (_, n) => ({
      x: (size * 7 + n) % 97 === 0 ? Number.NaN : Math.fround(Math.sin(round * 1_000 + size * 64 + n) * 1e3),
      colour: ['red', 'blue', null][(size + n) % 3]!,
    }));
    asked[partition]!.push(...(await ground.ask(served, rows, { partition })));
    during(size);
    await sleep(10);
  }
}

beforeAll(async () => {
  ground = await InferenceUnderTest.prepare();
  await ground.start();
  served = await ground.endpoint('replayed', PARTITIONS);
  const name = served.created.endpoint;
  for (const [index, factor] of FACTORS.entries()) {
    digests.push(await ground.model(scaleModel(factor)));
    await ground.version(index + 1, digests[index]!);
  }
  const asked: string[][] = Array.from({ length: PARTITIONS }, () => []);
  asked[0]!.push(...(await ground.ask(served, [{ x: 1 }])));
  await ground.answers(served, 1);
  await ground.release(name, digests[0]!);
  await traffic(0, asked);
  await ground.release(name, digests[1]!, signature({}, { categories: ['red'] }));
  asked[1]!.push(...(await ground.ask(served, [{ x: 1 }], { partition: 1, deadline: Date.now() - 60_000 })));
  await traffic(1, asked, (size) => {
    if (size === LARGEST / 2) process.kill(ground.laneWorkers().at(-1)!, 'SIGKILL');
  });
  await ground.answers(served, asked.flat().length, 120_000);
  await ground.release(name, digests[2]!);
  await traffic(2, asked);
  await ground.answers(served, asked.flat().length);
  await ground.release(name, digests[0]!, signature(), 1);
  for (let round = 3; round < ROUNDS; round++) await traffic(round, asked);
  responses = await ground.answers(served, asked.flat().length);
  expect(complaintsAbout(responses, asked)).toEqual([]);
  // The one that was killed, and the one after it.
  expect(ground.laneWorkers().length).toBeGreaterThan(1);
  await ground.stop();
}, 280_000);
afterAll(async () => {
  await ground.clear();
}, 60_000);

const countBy = (pick: (response: PredictionResponse) => string) => {
  const counts: Record<string, number> = {};
  for (const response of responses) counts[pick(response)] = (counts[pick(response)] ?? 0) + 1;
  return counts;
};
const predictedIn = (partition: number, sizeAtLeast = 1) =>
  responses.filter(
    ({ requestPartition, decision }) =>
      requestPartition === partition && decision && decision.batch.size >= sizeAtLeast,
  );

describe('inference > lane-worker > what the log holds can be computed again', () => {
  it('without a difference: three versions, batches of 1 to 64, a killed lane, a roll back', async () => {
    const found = await replayed();
    expect(found).toMatchObject({ code: 0, differences: 0, shown: [], responses: responses.length });
    expect(found.responses).toBeGreaterThanOrEqual(10_000);
    expect(Object.keys(found.versions).sort()).toEqual(['sample:1', 'sample:2', 'sample:3']);
    expect(Object.keys(found.revisions)).toEqual(expect.arrayContaining(['0', '1', '2', '3', '4']));
    expect(found.statuses).toEqual(countBy(({ status }) => status));
    expect(Object.keys(found.statuses).sort()).toEqual(['EXPIRED', 'PREDICTED', 'REJECTED']);
    expect(found.batches.smallest).toBe(1);
    expect(found.batches.largest).toBeGreaterThanOrEqual(LARGEST);
  }, 60_000);

  it('is counted by day, declared caller and status', async () => {
    const { code, output } = await millrace(['usage', served.created.endpoint, '--json']);
    expect(code).toBe(0);
    const rows = JSON.parse(output) as { day: string; caller: string | null; statuses: Record<string, number> }[];
    const days = countBy(({ decidedAt }) => new Date(decidedAt).toISOString().slice(0, 10));
    expect(rows.map(({ day, caller }) => [day, caller])).toEqual(Object.keys(days).map((day) => [day, null]));
    const statuses: Record<string, number> = {};
    for (const row of rows)
      for (const [status, count] of Object.entries(row.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
    expect(statuses).toEqual(countBy(({ status }) => status));
  }, 60_000);

  it('and a model card says what is on the log, and what is missing', async () => {
    const { code, output } = await millrace(['model', 'card', 'sample:2', '--json']);
    expect(code).toBe(0);
    const { fields } = JSON.parse(output) as { fields: { field: string; missing: string | null }[] };
    const told = fields.filter(({ missing }) => missing === null).map(({ field }) => field);
    expect(told).toEqual(['version', 'release']);
    expect((await millrace(['model', 'card', 'sample:9'])).code).toBe(1);
  }, 60_000);

  it('between two offsets, with whole batches at the edges', async () => {
    const found = await replayed(['--from', '500', '--to', '900']);
    expect(found).toMatchObject({ code: 0, differences: 0 });
    const all = await ground.records(served.created.responsesTopic);
    expect(found.responses).toBe(all.filter(({ offset }) => offset >= 500 && offset < 900).length);
  }, 60_000);

  it('and what was altered is reported: one feature, one digest, one batch size, exactly those', async () => {
    const [feature, digest, size] = [predictedIn(1, 3)[40]!, predictedIn(2, 3)[80]!, predictedIn(3, 3)[120]!];
    const prefix = `${uniqueName()}-`;
    await alteredCopy(ground, served, prefix, {
      request: (record) => {
        if (record.partition !== 1 || record.offset !== feature.requestOffset) return null;
        const request = served.requests.decode(record.value!, FRAME_BYTES);
        request.features.x = (request.features.x as number) + 1;
        return frame(schemaIdOf(record.value), served.requests.encode(request));
      },
      response: (record) => {
        const response = served.responses.decode(record.value!, FRAME_BYTES);
        if (response.requestId === digest.requestId) response.decision!.modelDigest = digests[2]!;
        else if (response.requestId === size.requestId) response.decision!.batch.size++;
        else return null;
        return frame(schemaIdOf(record.value), served.responses.encode(response));
      },
    });
    const found = await replayed([], { MILLRACE_PREFIX: prefix });
    expect(found.shown.map(({ cause, requestId }) => [cause, requestId])).toEqual([
      ['other-outputs', feature.requestId],
      ['decision-differs', digest.requestId],
      ['batch-incomplete', size.requestId],
    ]);
    expect(found).toMatchObject({ code: 3, differences: 3, responses: responses.length });
  }, 120_000);

  it('but not by a file that was tampered with, or is gone', async () => {
    const folder = path.join(ground.folder, 'artifacts-altered');
    await cp(ground.artifactFolder, folder, { recursive: true });
    const fileOf = (digest: string) => path.join(folder, 'sha256', digest.slice(0, 2), digest.slice(2));
    await rm(fileOf(digests[1]!));
    await writeFile(fileOf(digests[1]!), scaleModel(0.30001));
    await rm(fileOf(digests[2]!));
    const found = await replayed(['--artifacts', folder]);
    const byVersion = countBy(({ decision }) => String(decision?.version));
    expect(found.causes).toEqual({ 'artifact-tampered': byVersion[2], 'digest-missing': byVersion[3] });
    expect(found.code).toBe(3);
  }, 60_000);

  it('by another version too: what would it have said, by slice, writing nothing', async () => {
    // Of every topic of the installation, whoever owns it.
    const ends = async () => {
      const topics = (await ground.kafka.admin.listTopics()).sort();
      return Promise.all(
        topics.map(async (topic) => [topic, await ground.kafka.admin.endOffsets(topic, 'uncommitted')]),
      );
    };
    const before = await ends();
    expect(before.length).toBeGreaterThan(10);
    const { total, slices, code } = await replayed<{
      total: { responses: number; changed: number; largestMove: number };
      slices: { slice: string; responses: number; changed: number }[];
    }>(['--version', '2', '--slice', 'colour']);
    const predicted = responses.filter(({ status }) => status === 'PREDICTED');
    const changed = predicted.filter(({ decision, outputs }) => decision!.version !== 2 && outputs!.y !== 0);
    expect(code).toBe(0);
    expect(total).toMatchObject({ responses: predicted.length, changed: changed.length });
    expect(slices.map(({ slice }) => slice).sort()).toEqual(['(missing)', 'blue', 'red']);
    expect(slices.reduce((sum, slice) => sum + slice.changed, 0)).toBe(total.changed);
    expect(await ends()).toEqual(before);
  }, 60_000);
});

describe('inference > lane-worker > the story of a request', () => {
  it('is told from topics alone', async () => {
    const wanted = predictedIn(2, 3)[100]!;
    const { code, output } = await millrace(['trace', wanted.requestId, '--json']);
    // Behind the JSON stand the notes, which go to stderr.
    const json = output.slice(0, output.lastIndexOf('\n}') + 2);
    expect(output.slice(json.length)).toContain('no tree head covers the response yet');
    const story = JSON.parse(json) as { nodes: { kind: string; id: string; title: string; from: string[] }[] };
    const ids = Object.fromEntries(story.nodes.map(({ kind, id }) => [kind, id]));
    expect(code).toBe(0);
    expect(story.nodes.map(({ kind }) => kind)).toEqual(['version', 'release', 'endpoint', 'response', 'request']);
    expect(ids.request).toBe(`${served.created.requestsTopic}/2/${wanted.requestOffset}`);
    const response = story.nodes.find(({ kind }) => kind === 'response');
    expect(response).toMatchObject({ title: expect.stringContaining('PREDICTED'), from: [ids.request, ids.release] });
    expect(story.nodes.find(({ kind }) => kind === 'release')?.from).toEqual([ids.version]);
    expect(story.nodes.find(({ kind }) => kind === 'request')?.from).toEqual([ids.endpoint]);
  }, 60_000);

  it('begins and ends with the request while nobody answers, and says when an id was sent twice', async () => {
    for (const x of [1, 2]) await ground.ask(served, [{ x }], { partition: 3, requestId: 'waiting#0' });
    const { code, output } = await millrace(['trace', 'waiting', '--endpoint', 'replayed', '--within', '30m']);
    expect(code).toBe(0);
    expect(output).toContain('request waiting#0 to replayed, major 1');
    expect(output).toContain('this is waiting#0; another row of the same call');
    expect(output).toContain('features: x 2, colour -');
    expect(output).toContain('there is no response yet');
    expect(output).toContain('this is the newest of 2 found');
    expect(await replayed()).toMatchObject({ code: 0, differences: 0, responses: responses.length });
  }, 60_000);

  it('is refused for an id that nobody sent', async () => {
    const { code, output } = await millrace(['trace', 'never-sent']);
    expect(code).toBe(1);
    expect(output).toContain('has the id never-sent. Look further back with --within');
  }, 60_000);
});
