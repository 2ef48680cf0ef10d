import { silentLogger } from '@millrace/contracts';
import { eventually, FaultProxy, withTestSchema } from '@millrace/testing';
import { RelayLock } from './relay-lock';

const never = new AbortController().signal;
const PENDING = Symbol('pending');
const soon = <T>(promise: Promise<T>) =>
  Promise.race([promise, new Promise((resolve) => setTimeout(() => resolve(PENDING), 150))]);

describe('persistence/relay-lock', () => {
  const schema = withTestSchema();
  const open = (settings = schema.settings, heartbeatMs = 10_000) =>
    new RelayLock(settings, 'relay', silentLogger, { retryMs: 20, heartbeatMs });

  it('one holder at a time; the next gets it after the release', async () => {
    const first = await open().acquire(never);
    const waiting = open().acquire(never);
    expect(await soon(waiting)).toBe(PENDING);
    await first?.release();
    expect(first?.lost.aborted).toBe(true);
    const second = await waiting;
    expect(second?.lost.aborted).toBe(false);
    await second?.release();
  });

  it('another schema has a lock of its own', async () => {
    const first = await open().acquire(never);
    const other = await open({ ...schema.settings, schema: `${schema.settings.schema}_x` }).acquire(never);
    expect(other).not.toBeNull();
    await Promise.all([first?.release(), other?.release()]);
  });

  it('a wait can be given up', async () => {
    const first = await open().acquire(never);
    const stop = new AbortController();
    const waiting = open().acquire(stop.signal);
    stop.abort();
    expect(await waiting).toBeNull();
    await first?.release();
  });

  it('a lost connection is noticed, and somebody else gets the lock', async () => {
    const settings = { ...schema.settings, applicationName: `${schema.settings.schema}-lock` };
    const held = await open(settings).acquire(never);
    const ended: unknown[] = await schema.dataSource.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [settings.applicationName],
    );
    expect(ended).toHaveLength(1);
    await eventually(() => expect(held?.lost.aborted).toBe(true));
    const next = await open().acquire(never);
    expect(next).not.toBeNull();
    await next?.release();
    await held?.release();
  });

  it('a network that swallows everything is noticed by the heartbeat', async () => {
    const url = new URL(schema.settings.url);
    const proxy = await FaultProxy.start({ target: url.host });
    url.host = proxy.address;
    const held = await open({ ...schema.settings, url: url.href }, 100).acquire(never);
    proxy.blackhole();
    await eventually(() => expect(held?.lost.aborted).toBe(true));
    await held?.release();
    await proxy.close();
  });

  it('waits for a database that is away', async () => {
    const url = new URL(schema.settings.url);
    const proxy = await FaultProxy.start({ target: url.host });
    url.host = proxy.address;
    await proxy.refuse();
    const waiting = open({ ...schema.settings, url: url.href }).acquire(never);
    expect(await soon(waiting)).toBe(PENDING);
    await proxy.accept();
    const held = await waiting;
    expect(held?.lost.aborted).toBe(false);
    await held?.release();
    await proxy.close();
  });
});
