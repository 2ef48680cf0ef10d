import { Pace } from './pace';

const never = new AbortController().signal;
const batch = (bytes: number, partition = 0) => ({ topic: 't', partition, bytes });

describe('governance > ledger > pace', () => {
  it('takes the first batch at once, the next small one half a second later, and a large one at once', async () => {
    let now = 0;
    const pace = new Pace(() => now);
    await pace.keep(batch(10), never);
    await pace.keep(batch(10, 1), never);
    now = 100;
    let taken = false;
    const second = pace.keep(batch(10), never).then(() => {
      taken = true;
    });
    await new Promise(setImmediate);
    expect(taken).toBe(false);
    await second;
    now = 500;
    await pace.keep(batch(1024 * 1024), never);
    now = 1_000;
    await pace.keep(batch(10), never);
  });

  it('waits no longer when the partition is given up', async () => {
    const pace = new Pace(() => 0);
    const stop = new AbortController();
    await pace.keep(batch(10), stop.signal);
    const waiting = pace.keep(batch(10), stop.signal);
    stop.abort();
    await waiting;
  });
});
