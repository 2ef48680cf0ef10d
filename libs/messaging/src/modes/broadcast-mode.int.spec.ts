import { PoisonError, SetModelAlias, silentLogger, Topics } from '@millrace/contracts';
import { eventually, FaultProxy } from '@millrace/testing';
import { connectClient } from '../../fixtures/client';
import { withControlGround } from '../../fixtures/control';
import type { Received } from '../flow/flow';
import { BroadcastReader, type BroadcastReaderOptions } from './broadcast-reader';

const TOPIC = Topics.registryCommands.name;
const readers: BroadcastReader[] = [];
afterEach(() => Promise.all(readers.splice(0).map((reader) => reader.stop())));

describe('messaging > broadcast mode', () => {
  const ground = withControlGround();

  function reading(change: Partial<BroadcastReaderOptions> = {}) {
    const seen: string[] = [];
    const troubles: (Error | null)[] = [];
    const poison: PoisonError[] = [];
    const reader = new BroadcastReader({
      client: ground.client,
      topic: TOPIC,
      from: 'first',
      reader: ground.readerOf({ records: [SetModelAlias] }),
      handle: (received) => {
        seen.push((received as Received<SetModelAlias>).data.alias);
      },
      onPoison: async (_, error) => {
        poison.push(error);
      },
      onTrouble: (error) => troubles.push(error),
      now: Date.now,
      logger: silentLogger,
      ...change,
    });
    readers.push(reader);
    return { reader, seen, troubles, poison };
  }

  it('is ready at once on an empty topic', async () => {
    const { reader } = reading();
    reader.start();
    await reader.whenReady;
    expect(reader.ready).toBe(true);
  });

  it('is ready when it has handled everything up to the end that it saw at its start, and goes on', async () => {
    const before = Array.from({ length: 30 }, (_, index) => `a${index}`);
    await ground.setAliases('m', before);
    const { reader, seen } = reading();
    expect(reader.ready).toBe(false);
    reader.start();
    await reader.whenReady;
    expect(seen).toEqual(before);
    await ground.setAliases('m', ['later']);
    await reader.catchUp();
    expect(seen.at(-1)).toBe('later');
  });

  it('from the end: sees only what comes', async () => {
    const { reader, seen } = reading({ from: 'end' });
    reader.start();
    await reader.whenReady;
    await ground.setAliases('m', ['new']);
    await eventually(() => expect(seen).toEqual(['new']));
  });

  it('tells of poison and goes on; when it cannot be told, it comes again and nothing is lost', async () => {
    const { reader, seen, troubles, poison } = reading({ from: 'end' });
    let refusals = 2;
    const told: number[] = [];
    const stubborn = reading({
      from: 'end',
      onPoison: async ({ offset }) => {
        if (refusals-- > 0) throw new Error('nobody takes dead letters now');
        told.push(offset);
      },
    });
    for (const one of [reader, stubborn.reader]) {
      one.start();
      await one.whenReady;
    }
    await ground.setAliases('m', ['one']);
    const { offset } = await ground.putRaw(TOPIC, Buffer.from('garbage'));
    await ground.setAliases('m', ['two']);
    await eventually(() => expect(seen).toEqual(['one', 'two']));
    expect(poison.map(({ code }) => code)).toEqual(['UNREADABLE']);
    expect(troubles).toEqual([]);
    await eventually(() => expect(stubborn.seen).toEqual(['one', 'two']));
    expect(told).toEqual([offset]);
    expect(stubborn.troubles.at(0)?.message).toContain('nobody takes');
    expect(stubborn.troubles.at(-1)).toBeNull();
  });

  it('knows how old its state is while the broker is away, and catches up', async () => {
    const proxy = await FaultProxy.start({ target: ground.brokers, protocol: 'kafka' });
    const client = await connectClient(proxy.address, ground.prefix);
    const { reader, seen, troubles } = reading({ client, from: 'end' });
    reader.start();
    await reader.whenReady;
    await ground.setAliases('m', ['near']);
    await eventually(() => expect(seen).toEqual(['near']));
    await proxy.refuse();
    await proxy.cut();
    await eventually(() => expect(troubles.at(-1)).toBeInstanceOf(Error));
    const stale = reader.lastFetchAt;
    await ground.setAliases('m', ['away']);
    await expect(reader.catchUp(50)).rejects.toThrow();
    expect(reader.lastFetchAt).toBe(stale);
    await proxy.accept();
    await eventually(() => expect(seen).toEqual(['near', 'away']), { timeoutMs: 30_000 });
    expect(reader.lastFetchAt).toBeGreaterThan(stale);
    expect(troubles.at(-1)).toBeNull();
    await reader.stop();
    await client.close();
    await proxy.close();
  });
});
