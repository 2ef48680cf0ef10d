import { InfrastructureError, type Logger, PoisonError } from '@millrace/contracts';
import { WorkLoop } from './work-loop';
import type { WorkItem, WorkQueue } from './work-queue';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** One item; `release` puts it back, as the table does. */
function queueOf(attempts: number) {
  const released: { wait: number; counts: boolean }[] = [];
  let item: WorkItem | null = { id: 'i', kind: 'k', payload: {}, attempts };
  const queue = {
    lease: async () => {
      const leased = item;
      item = null;
      return leased;
    },
    renew: async () => {},
    release: async (_id: string, wait: number, _error: string, counts: boolean) => {
      released.push({ wait, counts });
    },
  } as unknown as WorkQueue;
  return { queue, released };
}

async function runOnce(attempts: number, work: () => Promise<void>) {
  const { queue, released } = queueOf(attempts);
  const givenUp: string[] = [];
  const loop = new WorkLoop({
    queue,
    kinds: ['k'],
    leaseMs: 1_000,
    maxAttempts: 3,
    pollMs: 5,
    work,
    giveUp: async (item, error) => {
      givenUp.push(`${item.id}: ${error.message}`);
    },
    logger: silent,
  });
  loop.start();
  await loop.stop();
  return { released, givenUp };
}

describe('persistence > WorkLoop', () => {
  it('gives a failed item back with a wait', async () => {
    const { released } = await runOnce(1, () => Promise.reject(new Error('no')));
    expect(released).toEqual([{ wait: 500, counts: true }]);
  });

  it('answers for an item that failed too often', async () => {
    const { released, givenUp } = await runOnce(3, () => Promise.reject(new Error('no')));
    expect({ released, givenUp }).toEqual({ released: [], givenUp: ['i: no'] });
  });

  it('answers at once when no try can help', async () => {
    const hopeless = new PoisonError({ code: 'HOPELESS', message: 'never' });
    const { released, givenUp } = await runOnce(1, () => Promise.reject(hopeless));
    expect({ released, givenUp }).toEqual({ released: [], givenUp: ['i: never'] });
  });

  it('keeps the lease while the work goes on, and no longer', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    try {
      let renewals = 0;
      const { queue } = queueOf(1);
      Object.assign(queue, { renew: async () => void renewals++ });
      let done = () => {};
      const work = () => new Promise<void>((resolve) => (done = resolve));
      const loop = new WorkLoop({
        queue,
        kinds: ['k'],
        leaseMs: 3_000,
        maxAttempts: 3,
        work,
        giveUp: async () => {},
        logger: silent,
      });
      loop.start();
      await jest.advanceTimersByTimeAsync(2_500);
      expect(renewals).toBe(2);
      done();
      await jest.advanceTimersByTimeAsync(0);
      const stopped = loop.stop();
      await jest.advanceTimersByTimeAsync(10_000);
      await stopped;
      expect(renewals).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it('never gives up because infrastructure is away', async () => {
    const away = new InfrastructureError({ code: 'DATABASE_AWAY', message: 'away' });
    const { released, givenUp } = await runOnce(50, () => Promise.reject(away));
    expect(givenUp).toEqual([]);
    expect(released).toEqual([{ wait: 30_000, counts: false }]);
  });
});
