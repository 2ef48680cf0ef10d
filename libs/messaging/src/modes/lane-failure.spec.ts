import { InfrastructureError } from '@millrace/contracts';
import { KafkaError } from '../client/kafka-error';
import { laneAction } from './lane-failure';

const kafka = (kafkaCode: number) =>
  new KafkaError({ code: `K${kafkaCode}`, message: '', api: 'x', kafkaCode, retriable: true });

describe('messaging > laneAction', () => {
  it.each([
    ['a lost connection', 0, 'recover'],
    ['OFFSET_OUT_OF_RANGE', 1, 'stop'],
    ['CORRUPT_MESSAGE', 2, 'stop'],
    ['MESSAGE_TOO_LARGE', 10, 'stop'],
    ['ILLEGAL_GENERATION', 22, 'abandon'],
    ['UNKNOWN_MEMBER_ID', 25, 'abandon'],
    ['REBALANCE_IN_PROGRESS', 27, 'abandon'],
    ['OUT_OF_ORDER_SEQUENCE', 45, 'recover'],
    ['INVALID_PRODUCER_EPOCH', 47, 'recover'],
    ['INVALID_TXN_STATE', 48, 'recover'],
    ['INVALID_PRODUCER_ID_MAPPING', 49, 'recover'],
    ['PRODUCER_FENCED', 90, 'recover'],
  ])('after %s (%i): %s', (_, code, action) => {
    expect(laneAction(kafka(code), true, 1)).toBe(action);
  });

  it('waits for infrastructure for ever when nothing was begun', () => {
    expect(laneAction(new InfrastructureError({ code: 'AWAY', message: '' }), false, 1_000)).toBe('wait');
  });

  it('tries an unknown error again a bounded number of times', () => {
    expect([1, 4, 5].map((failures) => laneAction(new Error('bug'), false, failures))).toEqual([
      'wait',
      'wait',
      'stop',
    ]);
  });
});
