import { AppError, InfrastructureError, silentLogger } from '@millrace/contracts';
import { Health } from '../health/health';
import { untilReachable } from './until-reachable';

const away = () => new InfrastructureError({ code: 'AWAY', message: 'The thing does not answer.' });

function options(signal = new AbortController().signal) {
  const health = new Health({ now: () => 0 }, silentLogger);
  return { name: 'thing', health, logger: silentLogger, signal, pauseMs: () => 1 };
}

describe('service/until-reachable', () => {
  it('tries until it succeeds, says why it waits, and is content afterwards', async () => {
    const given = options();
    const seen: (readonly string[])[] = [];
    let tries = 0;
    const value = await untilReachable(async () => {
      seen.push((await given.health.readiness()).reasons);
      if (++tries < 3) throw away();
      return 'open';
    }, given);
    expect(value).toBe('open');
    expect(seen).toEqual([
      ['thing: not reached yet'],
      ['thing: The thing does not answer.'],
      ['thing: The thing does not answer.'],
    ]);
    expect((await given.health.readiness()).ready).toBe(true);
  });

  it('does not try again what no wait can cure', async () => {
    let tries = 0;
    const wrong = new AppError({ code: 'WRONG', message: 'Wrong.', retriable: false });
    const opened = untilReachable(async () => {
      tries++;
      throw wrong;
    }, options());
    await expect(opened).rejects.toBe(wrong);
    expect(tries).toBe(1);
  });

  it('gives up when the process is asked to stop', async () => {
    const stop = new AbortController();
    const opened = untilReachable(
      async () => {
        stop.abort();
        throw away();
      },
      { ...options(stop.signal), pauseMs: () => 60_000 },
    );
    await expect(opened).rejects.toMatchObject({ name: 'AbortError' });
  });
});
