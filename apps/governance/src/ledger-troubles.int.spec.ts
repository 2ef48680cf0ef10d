import { chmod } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerRefused, RotateLedgerKey, silentLogger, Topics } from '@millrace/contracts';
import { createDataSource } from '@millrace/persistence';
import { LedgerUnderTest, sequenceOf } from '../test/ledger-under-test';

let service: LedgerUnderTest;
beforeAll(async () => {
  service = await LedgerUnderTest.prepare();
}, 120_000);
afterAll(() => service?.clear(), 60_000);

describe('governance > ledger > what goes wrong', () => {
  it('goes on with the same chain after kill -9, wherever it was', async () => {
    await Promise.all([service.someFact(), service.someFact()]);
    await sleep(1_000 * Math.random());
    await service.die();
    // A head is on the log, and the outbox does not know it: it is published twice. It may die while it starts.
    const started = service.start({ MILLRACE_CRASH_AT: 'relay.after-produce' }).catch(() => null);
    await service.someFact();
    const dying = await started;
    if (dying !== null) expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await service.die();
    await service.start();
    await service.someFact();
    const { guarantee } = await service.allCovered();
    const sequences = [...new Set((await service.heads()).map(sequenceOf))].sort((a, b) => a - b);
    expect(sequences).toEqual(Array.from({ length: (guarantee?.sequence ?? 0) + 1 }, (_, at) => at));
  }, 120_000);

  it('signs nothing with a key that others may read, says so, and goes on when that is cured', async () => {
    const file = service.keyFile;
    await service.stop();
    await chmod(file, 0o644);
    await service.start();
    await service.someFact();
    await service.until(
      'complaint',
      async () => service.output,
      (output) => output.includes('others may read it'),
    );
    const command = await service.command(RotateLedgerKey, 'ledger', { ledger: 'ledger', reason: '' });
    expect(await service.answer(Topics.treeHeads, command)).toMatchObject({
      record: LedgerRefused.fullName,
      data: { reasonCode: 'SIGNING_KEY_UNUSABLE' },
    });
    await chmod(file, 0o600);
    await service.allCovered();
  }, 60_000);

  it('signs nothing when its database is older than the log', async () => {
    const { databaseUrl, prefix } = service.installation.ground;
    const schema = `${prefix.replaceAll('.', '_')}governance`;
    const database = await createDataSource({ url: databaseUrl, schema }, silentLogger);
    await service.stop();
    const before = (await service.heads()).length;
    await database.query('UPDATE ledgers SET version = version - 1');
    await service.start();
    await service.someFact();
    await service.until(
      'complaint',
      async () => service.output,
      (output) => output.includes('an older copy'),
    );
    expect(await service.heads()).toHaveLength(before);
    await database.query('UPDATE ledgers SET version = version + 1');
    await database.destroy();
    await service.allCovered();
  }, 60_000);
});
