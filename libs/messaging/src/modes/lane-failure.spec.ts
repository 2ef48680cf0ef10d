import { InfrastructureError } from '@millrace/contracts';
import { brokerError, KafkaError } from '../client/kafka-error';
import { laneAction } from './lane-failure';

const ours = (code: string, retriable: boolean) =>
  new KafkaError({ code, message: '', api: 'x', kafkaCode: 0, retriable });

describe('messaging > laneAction', () => {
  it.each([
    ['OFFSET_OUT_OF_RANGE', 1, 'stop'],
    ['CORRUPT_MESSAGE', 2, 'stop'],
    ['NOT_LEADER_OR_FOLLOWER', 6, 'recover'],
    ['MESSAGE_TOO_LARGE', 10, 'stop'],
    ['COORDINATOR_LOAD_IN_PROGRESS', 14, 'recover'],
    ['ILLEGAL_GENERATION', 22, 'abandon'],
    ['UNKNOWN_MEMBER_ID', 25, 'abandon'],
    ['REBALANCE_IN_PROGRESS', 27, 'abandon'],
    ['TOPIC_AUTHORIZATION_FAILED', 29, 'stop'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, 'recover'],
    ['DUPLICATE_SEQUENCE_NUMBER', 46, 'recover'],
    ['INVALID_PRODUCER_EPOCH', 47, 'recover'],
    ['INVALID_TXN_STATE', 48, 'recover'],
    ['INVALID_PRODUCER_ID_MAPPING', 49, 'recover'],
    ['INVALID_TRANSACTION_TIMEOUT', 50, 'stop'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 53, 'stop'],
    ['UNKNOWN_PRODUCER_ID', 59, 'recover'],
    ['PRODUCER_FENCED', 90, 'recover'],
    ['TRANSACTION_ABORTABLE', 120, 'recover'],
  ])('in a transaction, after %s (%i): %s', (_, code, action) => {
    expect(laneAction(brokerError('x', code, 'y'), true, 0)).toBe(action);
  });

  it.each([
    ['a lost connection', 'KAFKA_UNREACHABLE', true, 'recover'],
    ['a commit without an answer', 'KAFKA_TRANSACTION_IN_DOUBT', true, 'recover'],
    ['a transaction in another state', 'KAFKA_TRANSACTION_STATE', false, 'recover'],
    ['a batch that cannot be read', 'KAFKA_MALFORMED_BATCH', false, 'stop'],
  ])('in a transaction, after %s: %s', (_, code, retriable, action) => {
    expect(laneAction(ours(code, retriable), true, 0)).toBe(action);
  });

  it('before anything was begun it waits for the broker, without asking for the id', () => {
    expect(laneAction(ours('KAFKA_UNREACHABLE', true), false, 0)).toBe('wait');
  });

  it('waits for infrastructure for ever when nothing was begun', () => {
    expect(laneAction(new InfrastructureError({ code: 'AWAY', message: '' }), false, 1_000)).toBe('wait');
  });

  it('tries an unknown error again a bounded number of times', () => {
    expect([1, 4, 5].map((faults) => laneAction(new Error('bug'), false, faults))).toEqual(['wait', 'wait', 'stop']);
  });
});
