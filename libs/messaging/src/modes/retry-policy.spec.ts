import { InfrastructureError, PoisonError, TransientError } from '@millrace/contracts';
import { type RetryOptions, waitMs, workOnRecord } from './retry-policy';

const options: RetryOptions = { attempts: 3, firstWaitMs: 1, longestWaitMs: 4, random: () => 0 };
const never = new AbortController().signal;

/** Work that throws these one after the other, then succeeds. */
function failing(...errors: Error[]) {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      const error = errors[calls++];
      if (error) throw error;
    },
  };
}
const transient = () => new TransientError({ code: 'T', message: 't' });
const away = () => new InfrastructureError({ code: 'I', message: 'i' });

describe('messaging > workOnRecord', () => {
  it('gives poison up at once', async () => {
    const { work, calls } = failing(new PoisonError({ code: 'P', message: 'p' }));
    expect(await workOnRecord(work, never, () => {}, options)).toMatchObject({ kind: 'poison', error: { code: 'P' } });
    expect(calls()).toBe(1);
  });

  it('tries what is transient again, and an unknown error likewise', async () => {
    const { work } = failing(transient(), new Error('bug'));
    expect(await workOnRecord(work, never, () => {}, options)).toEqual({ kind: 'done' });
  });

  it('gives up after the last try and names the last error', async () => {
    const { work, calls } = failing(transient(), transient(), transient());
    expect(await workOnRecord(work, never, () => {}, options)).toMatchObject({
      kind: 'poison',
      error: { code: 'RETRIES_EXHAUSTED', message: expect.stringContaining('T: t') },
    });
    expect(calls()).toBe(3);
  });

  it('waits for infrastructure however long it takes, and says so', async () => {
    const { work } = failing(...Array.from({ length: 20 }, away));
    const troubles: (string | null)[] = [];
    const outcome = await workOnRecord(work, never, (error) => troubles.push(error?.message ?? null), options);
    expect(outcome).toEqual({ kind: 'done' });
    expect(troubles).toEqual([...Array.from({ length: 20 }, () => 'i'), null]);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const outcome = workOnRecord(
      async () => {
        stop.abort();
        throw away();
      },
      stop.signal,
      () => {},
      options,
    );
    expect(await outcome).toEqual({ kind: 'stopped' });
  });

  it('waits longer and longer up to a bound', () => {
    expect([0, 1, 2, 9].map((tries) => waitMs(tries, options))).toEqual([0.5, 1, 2, 2]);
  });
});
