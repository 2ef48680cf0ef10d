import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnNode, testGround } from '@millrace/testing';
import { closeClients } from '../../fixtures/client';
import { copied, fill, inOrder, laneClient, untilCopied } from '../../fixtures/lanes';

const CHILD = path.resolve(__dirname, '../../crash/lane-child.ts');
const RECORDS = 600;

afterAll(closeClients);

describe('messaging > lanes > crash', () => {
  // Killed in the first transaction, nothing was ever committed; in the fifth, there is an offset to go back to.
  it.concurrent.each([
    ['lane.before-produce', 5],
    ['lane.after-produce', 1],
    ['lane.before-offsets', 5],
    ['lane.after-offsets', 1],
    ['lane.before-end', 1],
    ['lane.before-end', 5],
    ['lane.after-end', 5],
  ])('killed at %s in transaction %i: every record once, in order', async (point, nth) => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, RECORDS);
    const args = [JSON.stringify({ brokers: kafka, prefix })];
    const dying = spawnNode(CHILD, { args, env: { MILLRACE_CRASH_AT: `${point}#${nth}` } });
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    const heir = spawnNode(CHILD, { args, env: { MILLRACE_CRASH_AT: undefined } });
    await untilCopied(client, RECORDS);
    await heir.kill();
    expect(await copied(client)).toEqual(inOrder(RECORDS));
  });

  it('killed at random again and again: every record once, in order', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    const args = [JSON.stringify({ brokers: kafka, prefix })];
    const perRound = 1_500;
    const rounds = 3;
    for (let round = 0; round < rounds; round++) {
      const child = spawnNode(CHILD, { args });
      await child.waitFor('running', 60_000);
      await fill(client, (round + 1) * perRound, round * perRound);
      // Somewhere in the 76 transactions of this round; the first round also waits for the first assignment.
      await sleep(40 + 60 * round);
      await child.kill();
    }
    const heir = spawnNode(CHILD, { args });
    await untilCopied(client, rounds * perRound);
    await heir.kill();
    expect(await copied(client)).toEqual(inOrder(rounds * perRound));
  });
});
