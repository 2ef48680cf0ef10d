import { ModelAliasSet, SetModelAlias, silentLogger, Topics, TransientError } from '@millrace/contracts';
import { createDataSource, Inbox, Outbox, UnitOfWork } from '@millrace/persistence';
import { eventually, FaultProxy, withTestSchema } from '@millrace/testing';
import { deadLettersIn, gatewaySigner, trustedKeys, withControlGround } from '../../fixtures/control';
import { Events } from '../events/events';
import type { FlowInput, Received } from '../flow/flow';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { MessagingEvents } from './messaging-events';
import { OutboxConsumer } from './outbox-consumer';

type Command = Received<SetModelAlias>;

/** A consumer of the commands with a group of its own, and all that it says. */
function consuming(change: Partial<FlowInput> & { handle?: (command: Command) => Promise<void> } = {}) {
  const ground = withControlGround();
  const schema = withTestSchema();
  const handled: string[] = [];
  const troubles: (string | null)[] = [];
  let consumer: OutboxConsumer;
  /** The way to the database; refuse and cut it, and the database is away. */
  let proxy: FaultProxy;
  let dataSource: Awaited<ReturnType<typeof createDataSource>>;
  const lifecycle = new MessagingEvents();
  const deduplicated: string[] = [];
  lifecycle.on('deduplicated', ({ topic }) => deduplicated.push(topic));
  beforeAll(async () => {
    const { schema: name, url } = schema.settings;
    const address = new URL(url);
    proxy = await FaultProxy.start({ target: `${address.hostname}:${address.port || 5432}` });
    address.host = proxy.address;
    dataSource = await createDataSource({ url: address.href, schema: name }, silentLogger);
    const unitOfWork = new UnitOfWork(dataSource);
    const outbox = new Outbox(unitOfWork, name);
    const input: FlowInput = { topic: Topics.registryCommands, mode: 'outbox', records: [SetModelAlias], ...change };
    consumer = new OutboxConsumer({
      client: ground.client,
      group: 'registry',
      inputs: [input],
      readerOf: (one) => ground.readerOf(one),
      unitOfWork,
      inbox: new Inbox(unitOfWork),
      events: new Events(outbox, ground.encoder, { now: Date.now }),
      trustedKeys,
      deadLetters: Topics.registryDeadLetters,
      handle: async (received) => {
        const command = received as Command;
        await change.handle?.(command);
        handled.push(command.data.alias);
      },
      onTrouble: (error) => troubles.push((error as { code?: string } | null)?.code ?? null),
      watchdog: new ProgressWatchdog(Date.now),
      lifecycle,
      now: Date.now,
      logger: silentLogger,
    });
    await consumer.start();
  });
  afterAll(async () => {
    await consumer.stop();
    await dataSource.destroy();
    await proxy.close();
  });

  const buried = () => deadLettersIn(schema.dataSource, ground);
  const committed = async () =>
    (await ground.client.admin.committedOffsets('registry', Topics.registryCommands.name)).get(0);
  const allConsumed = () =>
    eventually(
      async () => {
        const end = (await ground.client.admin.endOffsets(Topics.registryCommands.name)).get(0);
        expect(await committed()).toBe(end);
      },
      { timeoutMs: 30_000 },
    );
  return { ground, database: () => proxy, handled, troubles, deduplicated, buried, allConsumed, committed };
}

describe('messaging > outbox mode > events', () => {
  const { ground, handled, deduplicated, allConsumed, buried } = consuming();

  it('has one effect per event id, in order', async () => {
    await ground.setAliases('m', ['a', 'b']);
    await ground.setAliases('m', ['a', 'c']);
    await allConsumed();
    expect(handled).toEqual(['a', 'b', 'c']);
    expect(deduplicated).toHaveLength(1);
  });

  it('skips types that the flow does not list', async () => {
    const topic = Topics.registryCommands;
    const data = { aggregateVersion: 1, occurredAt: 0, model: 'm', alias: 'x', version: 1, previous: null, by: 'x' };
    const { value } = await ground.encoder.encode({
      record: ModelAliasSet,
      topic: Topics.models,
      key: 'm',
      data,
      id: 'x',
      time: 0,
    });
    await ground.putRaw(topic.name, value);
    await ground.setAliases('m', ['after']);
    await allConsumed();
    expect(handled.at(-1)).toBe('after');
    expect(await buried()).toEqual([]);
  });
});

describe('messaging > outbox mode > poison', () => {
  const { ground, handled, allConsumed, buried } = consuming();

  it('puts what does not decode to the dead letters, whole, once, and goes on', async () => {
    await ground.setAliases('m', ['before']);
    const { offset } = await ground.putRaw(Topics.registryCommands.name, Buffer.from('garbage'), [['note', 'kept']]);
    await ground.putRaw(Topics.registryCommands.name, null);
    await ground.putRaw(Topics.registryCommands.name, Buffer.from([0, 0, 0, 4, 210, 1]));
    await ground.setAliases('m', ['after']);
    await allConsumed();
    expect(handled).toEqual(['before', 'after']);
    const letters = await buried();
    expect(letters.map(({ reasonCode }) => reasonCode)).toEqual(['UNREADABLE', 'UNREADABLE', 'UNKNOWN_SCHEMA']);
    expect(letters[0]).toMatchObject({
      topic: Topics.registryCommands.name,
      partition: 0,
      offset,
      key: Buffer.from('raw'),
      value: Buffer.from('garbage'),
      headers: [{ name: 'note', value: Buffer.from('kept') }],
    });
  });
});

describe('messaging > outbox mode > failing handlers', () => {
  const tries = new Map<string, number>();
  const { ground, handled, allConsumed, buried } = consuming({
    handle: async ({ data: { alias } }) => {
      const before = tries.get(alias) ?? 0;
      tries.set(alias, before + 1);
      if (alias === 'shaky' && before < 2) throw new TransientError({ code: 'SHAKY', message: 'not now' });
      if (alias === 'hopeless') throw new TransientError({ code: 'HOPELESS', message: 'never' });
      if (alias === 'bug') throw new Error('a bug');
    },
  });

  it('tries a bounded number of times, then buries the record and goes on', async () => {
    await ground.setAliases('m', ['shaky', 'hopeless', 'bug', 'fine']);
    await allConsumed();
    expect(handled).toEqual(['shaky', 'fine']);
    expect(Object.fromEntries(tries)).toEqual({ shaky: 3, hopeless: 5, bug: 5, fine: 1 });
    const letters = await buried();
    expect(letters.map(({ reasonCode, reason }) => [reasonCode, reason])).toEqual([
      ['RETRIES_EXHAUSTED', expect.stringContaining('HOPELESS')],
      ['RETRIES_EXHAUSTED', expect.stringContaining('a bug')],
    ]);
  });
});

describe('messaging > outbox mode > signatures', () => {
  const actors: (string | null)[] = [];
  const { ground, allConsumed, buried } = consuming({
    signedBy: ['gateway'],
    handle: async ({ actor }) => {
      actors.push(actor);
    },
  });

  it('believes the gateway and buries what nobody signed', async () => {
    const data = { model: 'm', alias: 'signed', version: 1 };
    await ground.direct.command(SetModelAlias, 'm', data, { id: 'c-1', actor: 'ada', signer: gatewaySigner });
    await ground.setAliases('m', ['unsigned']);
    const elsewhere = { ...gatewaySigner, installation: 'elsewhere' };
    await ground.direct.command(SetModelAlias, 'm', data, { id: 'c-2', actor: 'eve', signer: elsewhere });
    await allConsumed();
    expect(actors).toEqual(['ada']);
    expect((await buried()).map(({ reasonCode }) => reasonCode)).toEqual(['BAD_SIGNATURE', 'BAD_SIGNATURE']);
  });
});

describe('messaging > outbox mode > schema registry away', () => {
  const { ground, handled, troubles, allConsumed, buried, committed } = consuming();

  it('pauses, says why, buries nothing, and goes on when it is back', async () => {
    await ground.setAliases('m', ['a', 'b']);
    await eventually(() => expect(handled).toEqual(['a', 'b']));
    const data = { aggregateVersion: 1, occurredAt: 0, model: 'm', alias: 'x', version: 1, previous: null, by: 'x' };
    const { value } = await ground.encoder.encode({
      record: ModelAliasSet,
      topic: Topics.models,
      key: 'm',
      data,
      id: 'x',
      time: 0,
    });
    await allConsumed();
    const before = await committed();
    // A type that this process has not met yet makes it ask the registry.
    await ground.registry.refuse();
    await ground.registry.cut();
    await ground.putRaw(Topics.registryCommands.name, value);
    await ground.setAliases('m', ['c']);
    await eventually(() => expect(troubles.at(-1)).toMatch(/REGISTRY/), { timeoutMs: 30_000 });
    expect(handled).toEqual(['a', 'b']);
    expect(await committed()).toBe(before);
    await ground.registry.accept();
    await allConsumed();
    expect(handled).toEqual(['a', 'b', 'c']);
    expect(troubles.at(-1)).toBeNull();
    expect(await buried()).toEqual([]);
  });
});

describe('messaging > outbox mode > database away', () => {
  const { ground, database, handled, troubles, allConsumed, buried, committed } = consuming();

  it('pauses, says why, buries nothing, and has each effect once when it is back', async () => {
    await ground.setAliases('m', ['a']);
    await allConsumed();
    const before = await committed();
    await database().refuse();
    await database().cut();
    await ground.setAliases('m', ['b', 'c']);
    await eventually(() => expect(troubles.at(-1)).toMatch(/^DATABASE_/), { timeoutMs: 30_000 });
    expect(handled).toEqual(['a']);
    expect(await committed()).toBe(before);
    await database().accept();
    await allConsumed();
    expect(handled).toEqual(['a', 'b', 'c']);
    expect(troubles.at(-1)).toBeNull();
    expect(await buried()).toEqual([]);
  });
});
