import { TransientError } from '@millrace/contracts';
import type { KafkaRecord } from '../modes/kafka-ports';
import { deadLetterId, deadLetterOf, retriesExhausted } from './dead-letter';

const record: KafkaRecord = {
  topic: 't',
  partition: 2,
  offset: 41,
  timestamp: 5,
  key: null,
  value: Buffer.from([1, 2, 3]),
  headers: new Map([['h', Buffer.from('last')]]),
  rawHeaders: [
    ['h', Buffer.from('first')],
    ['h', null],
    ['h', Buffer.from('last')],
  ],
};

describe('messaging > dead letters', () => {
  it('keep everything that is needed to send the record again: repeated headers, nulls, order', () => {
    expect(deadLetterOf(record, { code: 'UNREADABLE', message: 'why' }, 9)).toEqual({
      reasonCode: 'UNREADABLE',
      reason: 'why',
      topic: 't',
      partition: 2,
      offset: 41,
      timestamp: 5,
      key: null,
      value: Buffer.from([1, 2, 3]),
      headers: [
        { name: 'h', value: Buffer.from('first') },
        { name: 'h', value: null },
        { name: 'h', value: Buffer.from('last') },
      ],
      failedAt: 9,
    });
  });

  it('have the same id however often the record is buried', () => {
    expect(deadLetterId(record)).toBe('dead-letter:t/2/41');
  });

  it('say which error came last when all tries failed', () => {
    const error = retriesExhausted(new TransientError({ code: 'SHAKY', message: 'not now' }), 5);
    expect(error).toMatchObject({
      code: 'RETRIES_EXHAUSTED',
      message: expect.stringMatching(/5 times.*SHAKY: not now/),
    });
  });
});
