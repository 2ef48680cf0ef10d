import { silentLogger } from '@millrace/contracts';
import { eventually, FaultProxy, withTestSchema } from '@millrace/testing';
import { DatabaseListener } from './listener';

describe('persistence/listener', () => {
  const schema = withTestSchema();
  const notify = (channel: string, payload: string) =>
    schema.dataSource.query('SELECT pg_notify($1, $2)', [channel, payload]);
  const channel = () => `${schema.settings.schema}_news`;

  it('calls every callback of a channel, and none of another', async () => {
    const listener = new DatabaseListener(schema.settings, silentLogger);
    const [one, two, other]: (string | null)[][] = [[], [], []];
    listener.listen(channel(), (payload) => one.push(payload));
    const stopTwo = listener.listen(channel(), (payload) => two.push(payload));
    listener.listen(`${channel()}_other`, (payload) => other.push(payload));
    await eventually(() => expect([one, two, other]).toEqual([[null], [null], [null]]));
    await notify(channel(), 'x');
    await eventually(() => expect([one, two, other]).toEqual([[null, 'x'], [null, 'x'], [null]]));
    stopTwo();
    await notify(channel(), 'y');
    await eventually(() => expect(one).toEqual([null, 'x', 'y']));
    expect(two).toEqual([null, 'x']);
    await listener.close();
  });

  it('a channel named later is listened to on the open connection', async () => {
    const listener = new DatabaseListener(schema.settings, silentLogger);
    const [early, late]: (string | null)[][] = [[], []];
    listener.listen(channel(), (payload) => early.push(payload));
    await eventually(() => expect(early).toEqual([null]));
    listener.listen(`${channel()}_late`, (payload) => late.push(payload));
    await eventually(() => expect(late).toEqual([null]));
    await notify(`${channel()}_late`, 'z');
    await eventually(() => expect(late).toEqual([null, 'z']));
    await listener.close();
  });

  it('a callback that throws harms nobody', async () => {
    const listener = new DatabaseListener(schema.settings, silentLogger);
    const heard: (string | null)[] = [];
    listener.listen(channel(), () => {
      throw new Error('mine');
    });
    listener.listen(channel(), (payload) => heard.push(payload));
    await eventually(() => expect(heard).toEqual([null]));
    await notify(channel(), 'x');
    await eventually(() => expect(heard).toEqual([null, 'x']));
    await listener.close();
  });

  it.each<[string, (proxy: FaultProxy) => unknown]>([
    ['cut', (proxy) => proxy.cut()],
    ['silent', (proxy) => proxy.blackhole()],
  ])('a connection that is %s: connects again and says that something may be missed', async (_, harm) => {
    const url = new URL(schema.settings.url);
    const proxy = await FaultProxy.start({ target: url.host });
    url.host = proxy.address;
    const listener = new DatabaseListener({ ...schema.settings, url: url.href }, silentLogger, {
      reconnectMs: 20,
      heartbeatMs: 100,
    });
    const heard: (string | null)[] = [];
    listener.listen(channel(), (payload) => heard.push(payload));
    await eventually(() => expect(heard).toEqual([null]));
    await harm(proxy);
    await notify(channel(), 'maybe missed');
    // Long enough for the heartbeat to be late; then the network is back.
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.heal();
    await eventually(() => expect(heard.filter((payload) => payload === null).length).toBeGreaterThan(1));
    await eventually(async () => {
      await notify(channel(), 'after');
      expect(heard).toContain('after');
    });
    await listener.close();
    await proxy.close();
  });
});
