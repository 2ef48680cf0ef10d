import { testGround, trimTopic } from '@millrace/testing';
import { closeClients, connectClient } from '../../fixtures/client';
import { RequestMerge } from './request-merge';

const { kafka, prefix } = testGround();
const signal = AbortSignal.timeout(60_000);

/** Requests 0 .. count - 1 in partition 1 of a topic of their own. */
async function requests(name: string, count: number) {
  const client = await connectClient(kafka, prefix);
  await client.admin.createTopics([{ name, partitions: 2, config: {} }]);
  const producer = client.idempotentProducer();
  const records = Array.from({ length: count }, (_, index) => ({
    partition: 1,
    key: null,
    value: Buffer.from(`request ${index}`),
  }));
  for (let at = 0; at < count; at += 100) await producer.send(name, records.slice(at, at + 100));
  await producer.close();
  return { client, merge: new RequestMerge(client, name, 1) };
}

const values = (found: ReadonlyMap<number, { value: Buffer | null }>) =>
  [...found].map(([offset, { value }]) => `${offset}: ${value}`);

describe('messaging/serving/request-merge', () => {
  afterEach(closeClients);

  it('reads each request once, in order, with gaps', async () => {
    const { merge } = await requests('merge-gaps', 500);
    expect(values(await merge.take([0, 1, 7], signal))).toEqual(['0: request 0', '1: request 1', '7: request 7']);
    expect(values(await merge.take([], signal))).toEqual([]);
    expect(values(await merge.take([8], signal))).toEqual(['8: request 8']);
    const rest = Array.from({ length: 245 }, (_, index) => 10 + 2 * index);
    expect((await merge.take(rest, signal)).size).toBe(245);
    expect(values(await merge.take([499], signal))).toEqual(['499: request 499']);
    await merge.close();
  });

  it('goes back when a batch is read again', async () => {
    const { merge } = await requests('merge-back', 50);
    expect((await merge.take([20, 30], signal)).size).toBe(2);
    expect(values(await merge.take([10, 20], signal))).toEqual(['10: request 10', '20: request 20']);
    expect(values(await merge.take([30], signal))).toEqual(['30: request 30']);
    await merge.close();
  });

  it('leaves out what retention took', async () => {
    const { client, merge } = await requests('merge-trimmed', 50);
    await trimTopic(client, 'merge-trimmed', 1, 40);
    expect(values(await merge.take([38, 39, 40, 45], signal))).toEqual(['40: request 40', '45: request 45']);
    await merge.close();
  });

  it('stops when it is told to', async () => {
    const { merge } = await requests('merge-stop', 5);
    await expect(merge.take([99], AbortSignal.timeout(300))).rejects.toThrow();
    await merge.close();
  });
});
