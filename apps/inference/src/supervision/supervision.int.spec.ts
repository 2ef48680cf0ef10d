import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiftQuarantine, ModelQuarantined, QuarantineLifted, QuarantineRefused, Topics } from '@millrace/contracts';
import { eventually } from '@millrace/testing';
import { complaintsAbout } from '../../test/complaints';
import { InferenceUnderTest } from '../../test/inference-under-test';
import { bombModel, loopingModel, scaleModel } from '../../test/sample-models';

/** So many rounds of a loop do not end. */
const FOR_EVER = 1e18;
const SETTINGS = { MILLRACE_LANE_WORKERS: '2', MILLRACE_MODEL_CALL_LIMIT_MS: '500' };
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ x: n }));

let ground: InferenceUnderTest;

beforeAll(async () => {
  ground = await InferenceUnderTest.prepare();
  await ground.start(SETTINGS);
}, 120_000);
afterAll(async () => {
  await ground.clear();
}, 60_000);

const restartsOf = (how: string) => ground.output.split('\n').filter((line) => line.includes(how)).length;

async function workers(count: number): Promise<number[]> {
  return eventually(
    () => {
      const started = ground.laneWorkers();
      expect(started.length).toBeGreaterThanOrEqual(count);
      return started;
    },
    { timeoutMs: 30_000 },
  );
}

describe('inference > supervision', () => {
  it('deals the partitions among its lane workers and stays exact while each is killed', async () => {
    const served = await ground.endpoint('streamed', 4);
    await ground.release('streamed', await ground.model(scaleModel(2)));
    const asked: string[][] = [[], [], [], []];
    for (let round = 0; round < 40; round++) {
      for (const partition of asked.keys())
        asked[partition]!.push(...(await ground.ask(served, numbers(25), { partition })));
      if (round === 10 || round === 20) process.kill(ground.laneWorkers().at(-1)!, 'SIGKILL');
      if (round === 30) process.kill(ground.laneWorkers()[0]!, 'SIGKILL');
      await sleep(50);
    }
    const responses = await ground.answers(served, 4_000, 120_000);
    expect(complaintsAbout(responses, asked)).toEqual([]);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set(['PREDICTED']));
    expect(await workers(5)).toHaveLength(5);
    expect(await ground.facts(Topics.quarantines)).toEqual([]);
  }, 180_000);

  it('quarantines a model that keeps killing workers, and takes it back when it is lifted', async () => {
    const served = await ground.endpoint('hostile');
    const digest = await ground.model(loopingModel());
    await ground.release('hostile', digest);
    const asked = await ground.ask(served, [{ x: 1 }]);
    await ground.answers(served, 1);
    asked.push(...(await ground.ask(served, [{ x: FOR_EVER }, { x: 2 }])));

    const [quarantined] = await ground.factsOnce(Topics.quarantines, 1);
    expect(quarantined).toMatchObject({
      record: ModelQuarantined.fullName,
      key: digest,
      data: { aggregateVersion: 1, digest, deaths: 3, lastDeath: 'was inside one call for more than 500 ms' },
    });
    expect(restartsOf('was inside one call for more than 500 ms')).toBeGreaterThanOrEqual(3);
    const responses = await ground.answers(served, 3);
    expect(complaintsAbout(responses, [asked])).toEqual([]);
    expect(responses.map(({ status, reasonCode }) => [status, reasonCode])).toEqual([
      ['PREDICTED', null],
      ['FAILED', 'MODEL_QUARANTINED'],
      ['FAILED', 'MODEL_QUARANTINED'],
    ]);

    const unsigned = await ground.command(LiftQuarantine, digest, { digest, reason: 'let me' }, { signer: null });
    const lift = await ground.command(LiftQuarantine, digest, { digest, reason: 'mended' });
    const again = await ground.command(LiftQuarantine, digest, { digest, reason: 'mended' });
    const [, lifted, refused, ...more] = await ground.factsOnce(Topics.quarantines, 3);
    expect(more).toEqual([]);
    expect(lifted).toMatchObject({
      record: QuarantineLifted.fullName,
      causationId: lift,
      data: { aggregateVersion: 2, by: 'ann', reason: 'mended' },
    });
    expect(refused).toMatchObject({
      record: QuarantineRefused.fullName,
      causationId: again,
      data: { aggregateVersion: 3, commandId: again, reasonCode: 'NOT_QUARANTINED' },
    });
    await eventually(
      async () => {
        const letters = await ground.records(Topics.inferenceDeadLetters.name);
        expect(letters).toHaveLength(1);
        expect(`${letters[0]?.value?.toString('latin1')}`).toContain(unsigned);
      },
      { timeoutMs: 30_000, everyMs: 200 },
    );
    await eventually(
      async () => {
        asked.push(...(await ground.ask(served, [{ x: 3 }])));
        const all = await ground.answers(served, asked.length);
        expect(all.at(-1)).toMatchObject({ status: 'PREDICTED', outputs: { y: 3 } });
        expect(complaintsAbout(all, [asked])).toEqual([]);
      },
      { timeoutMs: 30_000, everyMs: 300 },
    );
  }, 180_000);

  it('outlives a model that asks for all memory', async () => {
    const served = await ground.endpoint('bomb');
    await ground.release('bomb', await ground.model(bombModel()));
    const asked = await ground.ask(served, [{ x: 1 }]);
    await ground.answers(served, 1);
    asked.push(...(await ground.ask(served, [{ x: 1e13 }])));
    await ground.answers(served, 2);
    asked.push(...(await ground.ask(served, [{ x: 4 }])));
    const responses = await ground.answers(served, 3);
    expect(complaintsAbout(responses, [asked])).toEqual([]);
    expect(responses.map(({ status, reasonCode }) => [status, reasonCode])).toEqual([
      ['PREDICTED', null],
      ['FAILED', 'MODEL_FAILED'],
      ['PREDICTED', null],
    ]);
  }, 120_000);

  it('begins anew with the quarantines of its earlier life, without its notes, and answers no command twice', async () => {
    const served = await ground.endpoint('reborn');
    await ground.release('reborn', await ground.model(scaleModel(3)));
    const asked = await ground.ask(served, numbers(10));
    await ground.answers(served, 10);
    const facts = await ground.facts(Topics.quarantines);
    await ground.stop();
    await writeFile(path.join(ground.runFolder, 'lane-worker-2147483646-1.note'), `${'a'.repeat(64)}${'1'.padEnd(16)}`);
    asked.push(...(await ground.ask(served, numbers(10))));

    const reborn = await ground.start(SETTINGS);
    const responses = await ground.answers(served, 20);
    expect(complaintsAbout(responses, [asked])).toEqual([]);
    expect(await ground.facts(Topics.quarantines)).toEqual(facts);
    expect(reborn.output).not.toContain('A lane worker died');
    await ground.stop();
  }, 120_000);
});
