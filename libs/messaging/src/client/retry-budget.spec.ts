import { brokerError } from './kafka-error';
import { isDefinite, RetryBudget } from './retry-budget';

const refusal = (kafkaCode: number) => brokerError('Test', kafkaCode, 'the request');
const [CORRUPT, UNKNOWN_TOPIC, MOVED, CONCURRENT] = [2, 3, 6, 51].map(refusal);

describe('messaging/client/retry-budget', () => {
  it('doubles the wait, up to a second', () => {
    const budget = new RetryBudget(1_000_000);
    expect(Array.from({ length: 8 }, () => budget.waitAfter(MOVED))).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000]);
  });

  it('waits 1 ms for the transaction before, and 10 ms when it takes long', () => {
    const budget = new RetryBudget(1_000_000);
    const waits = Array.from({ length: 150 }, () => budget.waitAfter(CONCURRENT));
    expect([waits[0], waits[98], waits[149]]).toEqual([1, 1, 10]);
  });

  it('ends at once for a final refusal, and when the time would be used up', () => {
    expect(new RetryBudget(1_000_000).waitAfter(CORRUPT)).toBeNull();
    expect(new RetryBudget(10).waitAfter(MOVED)).toBeNull();
  });

  it('gives a topic that nobody knows five seconds', () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    const budget = new RetryBudget(1_000_000);
    expect(budget.waitAfter(UNKNOWN_TOPIC)).toBe(20);
    now.mockReturnValue(4_999);
    expect(budget.waitAfter(UNKNOWN_TOPIC)).toBe(40);
    now.mockReturnValue(5_000);
    expect(budget.waitAfter(UNKNOWN_TOPIC)).toBeNull();
    now.mockRestore();
  });

  it('tells certainty from doubt', () => {
    expect([CORRUPT, UNKNOWN_TOPIC, MOVED, CONCURRENT].map(isDefinite)).toEqual([true, true, false, false]);
  });
});
