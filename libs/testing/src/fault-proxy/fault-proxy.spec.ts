import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from './fault-proxy';
import { ApiKey } from './kafka-frame';
import { ToyClient, ToyKafka } from './toy-kafka';

const STILL_OPEN = Symbol('still open');
const within = <T>(promise: Promise<T>, ms: number) => Promise.race([promise, sleep(ms, STILL_OPEN)]);

describe('testing/fault-proxy', () => {
  let server: ToyKafka;
  let proxy: FaultProxy;
  const clients: ToyClient[] = [];
  const dial = async () => {
    const client = await ToyClient.connect(proxy.address);
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    server = await ToyKafka.start();
    proxy = await FaultProxy.start({ target: server.address, protocol: 'kafka' });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await proxy.close();
    await server.close();
  });

  it('passes frames through in both directions, many at once and one in pieces', async () => {
    const client = await dial();
    proxy.slice(3);
    const bodies = ['a', 'b'.repeat(500), ''];
    const replies = await Promise.all(bodies.map((body) => client.send(ApiKey.Produce, 3, body)));
    expect(replies.map(String)).toEqual(bodies);
    expect(proxy.requestsSeen(ApiKey.Produce)).toBe(3);
  });

  it('dropReply: the server worked, the client hears nothing, other replies pass', async () => {
    const client = await dial();
    const fault = proxy.dropReply({ apiKey: ApiKey.EndTxn, nth: 2 });
    await client.send(ApiKey.EndTxn, 3, 'first');
    const lost = client.send(ApiKey.EndTxn, 3, 'second');
    expect((await client.send(ApiKey.EndTxn, 3, 'third')).toString()).toBe('third');
    expect(await within(lost, 20)).toBe(STILL_OPEN);
    expect(server.worked.map((one) => one.body)).toEqual(['first', 'second', 'third']);
    expect(fault.hits).toBe(1);
  });

  it('dropReply with thenCut: the connection is reset after the work', async () => {
    const client = await dial();
    proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
    await expect(client.send(ApiKey.Produce, 3, 'x')).rejects.toThrow('connection closed');
    expect(server.worked).toHaveLength(1);
  });

  it('dropReply with where: only matching frames are counted', async () => {
    const client = await dial();
    const fault = proxy.dropReply({ apiKey: ApiKey.Produce, where: (frame) => frame.bytes.includes('wanted') });
    expect((await client.send(ApiKey.Produce, 3, 'other')).toString()).toBe('other');
    const lost = client.send(ApiKey.Produce, 3, 'wanted');
    await fault.hit;
    expect(await within(lost, 20)).toBe(STILL_OPEN);
  });

  it('holdRequest: the request waits, what follows on its connection waits behind it', async () => {
    const [one, other] = [await dial(), await dial()];
    const hold = proxy.holdRequest({ apiKey: ApiKey.EndTxn });
    const held = one.send(ApiKey.EndTxn, 3, 'held');
    const behind = one.send(ApiKey.Produce, 3, 'behind');
    await hold.hit;
    expect((await other.send(ApiKey.Produce, 3, 'overtakes')).toString()).toBe('overtakes');
    expect(await within(behind, 20)).toBe(STILL_OPEN);
    hold.release();
    await Promise.all([held, behind]);
    expect(server.worked.map((work) => work.body)).toEqual(['overtakes', 'held', 'behind']);
  });

  it('holdRequest: a held request reaches the server after its client is gone', async () => {
    const [one, other] = [await dial(), await dial()];
    const hold = proxy.holdRequest({ apiKey: ApiKey.EndTxn });
    one.send(ApiKey.EndTxn, 3, 'late');
    await hold.hit;
    one.socket.resetAndDestroy();
    await other.send(ApiKey.Produce, 3, 'new transaction');
    expect(server.worked.map((work) => work.body)).toEqual(['new transaction']);
    hold.release();
    for (let i = 0; i < 100 && server.worked.length < 2; i++) await sleep(10);
    expect(server.worked.map((work) => work.body)).toEqual(['new transaction', 'late']);
  });

  it('holdRequest: discard loses the request', async () => {
    const client = await dial();
    const hold = proxy.holdRequest({ apiKey: ApiKey.EndTxn });
    client.send(ApiKey.EndTxn, 3, 'lost');
    await hold.hit;
    hold.discard();
    await client.send(ApiKey.Produce, 3, 'next');
    expect(server.worked.map((work) => work.body)).toEqual(['next']);
  });

  it('cut: open connections are reset, new ones served', async () => {
    const client = await dial();
    await client.send(ApiKey.Produce, 3, 'x');
    const closed = new Promise((resolve) => client.socket.once('close', resolve));
    expect(await proxy.cut()).toBe(1);
    await closed;
    expect((await (await dial()).send(ApiKey.Produce, 3, 'y')).toString()).toBe('y');
  });

  it('cutAfterBytes: the client gets exactly so many bytes', async () => {
    const client = await dial();
    let received = 0;
    client.socket.on('data', (chunk) => {
      received += chunk.length;
    });
    const done = proxy.cutAfterBytes(5);
    await expect(client.send(ApiKey.Produce, 3, 'a body')).rejects.toThrow('connection closed');
    await done;
    // A reset may overtake bytes that lie unread in the kernel, so fewer are possible; more never.
    expect(received).toBeLessThanOrEqual(5);
  });

  it('cutAfterBytes: a request is torn in the middle', async () => {
    const client = await dial();
    const done = proxy.cutAfterBytes(10, 'request');
    await expect(client.send(ApiKey.Produce, 3, 'never whole')).rejects.toThrow('connection closed');
    await done;
    expect(server.worked).toEqual([]);
  });

  it('refuse and accept: the port refuses, then is the same again', async () => {
    const before = proxy.address;
    const open = await dial();
    await open.send(ApiKey.Produce, 3, 'x');
    await proxy.refuse();
    await expect(ToyClient.connect(proxy.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await open.send(ApiKey.Produce, 3, 'open ones live on')).toString()).toBe('open ones live on');
    await proxy.accept();
    expect(proxy.address).toBe(before);
    expect((await (await dial()).send(ApiKey.Produce, 3, 'y')).toString()).toBe('y');
  });

  it('delay: replies come later, in order, without adding up', async () => {
    const client = await dial();
    await client.send(ApiKey.Produce, 3, 'warm');
    proxy.delay(60);
    const started = performance.now();
    const order: string[] = [];
    await Promise.all(
      ['1', '2', '3', '4', '5'].map((body) =>
        client.send(ApiKey.Produce, 3, body).then((b) => order.push(b.toString())),
      ),
    );
    expect(performance.now() - started).toBeGreaterThan(115);
    expect(order).toEqual(['1', '2', '3', '4', '5']);
  });

  it('blackhole and heal: nothing passes and nothing breaks, then everything arrives', async () => {
    const client = await dial();
    proxy.blackhole();
    const reply = client.send(ApiKey.Produce, 3, 'late');
    expect(await within(reply, 30)).toBe(STILL_OPEN);
    expect(server.worked).toEqual([]);
    proxy.heal();
    expect((await reply).toString()).toBe('late');
  });

  it('flipByte: one bit of one request, of one reply', async () => {
    const client = await dial();
    proxy.flipByte({ apiKey: ApiKey.Produce, direction: 'request', offset: -1, mask: 0x20 });
    expect((await client.send(ApiKey.Produce, 3, 'abc')).toString()).toBe('abC');
    proxy.flipByte({ apiKey: ApiKey.Produce, nth: 2, direction: 'response', offset: 8, mask: 0x20 });
    expect((await client.send(ApiKey.Produce, 3, 'abc')).toString()).toBe('abc');
    expect((await client.send(ApiKey.Produce, 3, 'abc')).toString()).toBe('Abc');
    expect(server.worked.map((work) => work.body)).toEqual(['abC', 'abc', 'abc']);
  });

  it('passes on what is no Kafka frame', async () => {
    const client = await dial();
    client.socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    for (let i = 0; i < 100 && server.worked.length === 0; i++) await sleep(10);
    expect(server.worked).toEqual([{ apiKey: 0x2f20, body: '\n' }]);
  });

  it('a dead server resets the client', async () => {
    const client = await dial();
    await client.send(ApiKey.Produce, 3, 'x');
    const closed = new Promise((resolve) => client.socket.once('close', resolve));
    await server.close();
    await closed;
    server = await ToyKafka.start();
  });

  it('a reply whose version it cannot rewrite makes close() throw', async () => {
    const strict = await FaultProxy.start({ target: server.address, protocol: 'kafka' });
    const client = await ToyClient.connect(strict.address);
    await expect(client.send(ApiKey.Metadata, 99, '')).rejects.toThrow('connection closed');
    await expect(strict.close()).rejects.toThrow('The fault proxy failed');
  });
});

describe('testing/fault-proxy/tcp', () => {
  it('passes bytes, a half-close and the end of the server', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let got = '';
      socket.on('data', (chunk) => {
        got += chunk.toString();
      });
      socket.on('end', () => socket.end(`${got.length} bytes`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const proxy = await FaultProxy.start({ target: `localhost:${port}` });
    const client = await ToyClient.connect(proxy.address);
    const answer = new Promise<string>((resolve) => client.socket.once('data', (chunk) => resolve(chunk.toString())));
    client.socket.end('x'.repeat(200_000));
    expect(await answer).toBe('200000 bytes');
    expect(() => proxy.dropReply({ apiKey: 0 })).toThrow("protocol: 'kafka'");
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses an address that is none', async () => {
    await expect(FaultProxy.start({ target: 'nowhere' })).rejects.toThrow('"nowhere" is no address: write host:port.');
  });
});
