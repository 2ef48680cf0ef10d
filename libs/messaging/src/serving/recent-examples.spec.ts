import { RecentExamples } from './recent-examples';

const at = (requestOffset: number, requestPartition = 0) => ({ requestPartition, requestOffset });

describe('messaging > serving > RecentExamples', () => {
  it('takes each place once, also after it was saved', () => {
    const recent = new RecentExamples();
    expect([at(1), at(2), at(1), at(1, 1), at(2)].map((one) => recent.take(one))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    const restored = new RecentExamples(recent.list());
    expect([at(2), at(3)].map((one) => restored.take(one))).toEqual([false, true]);
  });

  it('remembers as many as an outbox may repeat, and no more', () => {
    const recent = new RecentExamples();
    for (let offset = 0; offset < 5_000; offset++) recent.take(at(offset));
    expect(recent.list()).toHaveLength(1_024);
    expect([at(4_500), at(4_999), at(100)].map((one) => recent.take(one))).toEqual([false, false, true]);
  });
});
