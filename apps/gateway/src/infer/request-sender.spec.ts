import type { IdempotentProducer, OutgoingRecord } from '@millrace/messaging';
import { RequestSender } from './request-sender';

const record = (text: string): OutgoingRecord => ({ key: null, value: Buffer.from(text) });
const never = new AbortController().signal;

/** A broker that answers each send when it is told to. */
function broker() {
  const sends: { topic: string; texts: string[]; answer(error?: Error): void }[] = [];
  const producer: IdempotentProducer = {
    send: (topic, records) =>
      new Promise((resolve, reject) =>
        sends.push({
          topic,
          texts: records.map((one) => String(one.value)),
          answer: (error) => (error ? reject(error) : resolve([])),
        }),
      ),
    close: async () => {},
  };
  return { sends, sender: new RequestSender(producer) };
}

describe('gateway > infer > RequestSender', () => {
  it('sends a lone call at once, and together what came while it was under way', async () => {
    const { sends, sender } = broker();
    const calls = ['a', 'b', 'c'].map((text) => sender.send('t', [record(text)], never));
    expect(sends.map(({ texts }) => texts)).toEqual([['a']]);
    sends[0]!.answer();
    await calls[0];
    await Promise.resolve();
    expect(sends.map(({ texts }) => texts)).toEqual([['a'], ['b', 'c']]);
    sends[1]!.answer();
    await Promise.all(calls);
    const later = sender.send('t', [record('d')], never);
    expect(sends[2]!.texts).toEqual(['d']);
    sends[2]!.answer();
    await later;
  });

  it('does not let one topic wait for another', () => {
    const { sends, sender } = broker();
    void sender.send('t', [record('a')], never);
    void sender.send('u', [record('b')], never);
    expect(sends.map(({ topic }) => topic)).toEqual(['t', 'u']);
  });

  it('tells every call of a batch that it failed, and goes on with the next', async () => {
    const { sends, sender } = broker();
    const first = sender.send('t', [record('a')], never);
    const second = sender.send('t', [record('b')], never);
    sends[0]!.answer(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    sends[1]!.answer();
    await second;
  });

  it('sends nothing for a caller that has given up', async () => {
    const { sends, sender } = broker();
    const gaveUp = new AbortController();
    const first = sender.send('t', [record('a')], never);
    const second = sender.send('t', [record('b')], gaveUp.signal);
    gaveUp.abort(new Error('too late'));
    await expect(second).rejects.toThrow('too late');
    sends[0]!.answer();
    await first;
    expect(sends).toHaveLength(1);
  });
});
