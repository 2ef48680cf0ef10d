import path from 'node:path';
import { ModelAliasSet, silentLogger, Topics } from '@millrace/contracts';
import { BaseTables1700000000000, createDataSource, UnitOfWork } from '@millrace/persistence';
import { eventually, MemoryRegistry, type NodeProcess, spawnNode, testGround, uniqueName } from '@millrace/testing';
import { CounterTable1764000000001, countersOf } from '../../crash/counter';
import { closeClients } from '../../fixtures/client';
import { type ControlGround, controlGround } from '../../fixtures/control';
import type { Received } from '../flow/flow';

const CHILD = path.resolve(__dirname, '../../crash/database-child.ts');
const MODELS = ['a', 'b'];
const ALIASES = Array.from({ length: 12 }, (_, index) => `alias-${index}`);
const COMMANDS = MODELS.length * ALIASES.length;

describe('messaging > modes with a database > crash', () => {
  let registry: MemoryRegistry;
  beforeAll(async () => {
    registry = await MemoryRegistry.start();
  });
  afterAll(async () => {
    await closeClients();
    await registry.close();
  });

  it.concurrent.each([
    ['outbox', 'outbox.before-commit', 4],
    ['outbox', 'outbox.after-commit', 4],
    ['outbox', 'outbox.before-offset-commit', 1],
    ['outbox', 'outbox.after-offset-commit', 1],
    ['outbox', 'relay.before-produce', 1],
    ['outbox', 'relay.after-produce', 1],
    ['outbox', 'relay.after-mark', 1],
    ['fold', 'fold.before-commit', 1],
    ['fold', 'fold.after-commit', 1],
  ])('%s mode killed at %s, passing %i: every effect once and in order', async (mode, point, nth) => {
    const { kafka, prefix, databaseUrl } = testGround();
    const ground = await controlGround(kafka, prefix, registry.url);
    const place = { url: databaseUrl, schema: `t_${uniqueName()}` };
    const migrations = [BaseTables1700000000000, CounterTable1764000000001];
    const dataSource = await createDataSource({ ...place, migrations }, silentLogger);
    const children: NodeProcess[] = [];
    const child = (crashAt?: string) => {
      const spawned = spawnNode(CHILD, {
        args: [ground.childSettings(place), mode],
        env: { MILLRACE_CRASH_AT: crashAt },
      });
      children.push(spawned);
      return spawned;
    };
    try {
      for (const alias of ALIASES) for (const model of MODELS) await ground.setAliases(model, [alias]);
      expect(await child(`${point}#${nth}`).exit).toEqual({ code: null, signal: 'SIGKILL' });
      child();
      const unitOfWork = new UnitOfWork(dataSource);
      const group = mode === 'fold' ? 'crash.fold' : 'crash';
      await eventually(async () => expect(await consumed(ground, group)).toBe(COMMANDS), { timeoutMs: 60_000 });
      expect(await countersOf(unitOfWork)).toEqual(new Map(MODELS.map((model) => [model, ALIASES])));
      if (mode === 'outbox') await everyFactOnce(ground, unitOfWork);
    } finally {
      await Promise.all(children.map((one) => one.kill()));
      await dataSource.query(`DROP SCHEMA "${place.schema}" CASCADE`);
      await dataSource.destroy();
    }
  });
});

const consumed = async ({ client }: ControlGround, group: string) =>
  (await client.admin.committedOffsets(group, Topics.registryCommands.name)).get(0);

/** Repeats after a crash are allowed, with the same id and the same bytes; the first of each id stand in order, without a gap. */
async function everyFactOnce(ground: ControlGround, unitOfWork: UnitOfWork): Promise<void> {
  const pending = 'SELECT count(*)::int AS count FROM outbox WHERE published_at IS NULL';
  await eventually(
    async () => expect(await unitOfWork.run((manager) => manager.query(pending))).toEqual([{ count: 0 }]),
    { timeoutMs: 60_000 },
  );
  const facts = new Map<string, Received<ModelAliasSet>>();
  for (const fact of await ground.read(Topics.models, ModelAliasSet)) {
    const first = facts.get(fact.id);
    if (first) expect(fact.data).toEqual(first.data);
    else facts.set(fact.id, fact);
  }
  expect(facts.size).toBe(COMMANDS);
  for (const model of MODELS) {
    const own = [...facts.values()].filter(({ key }) => key === model).map(({ data }) => data);
    expect(own.map(({ alias }) => alias)).toEqual(ALIASES);
    expect(own.map(({ aggregateVersion }) => aggregateVersion)).toEqual(ALIASES.map((_, index) => index + 1));
  }
}
