import { silentLogger } from '@millrace/contracts';
import { Health } from './health';

function health() {
  const clock = { at: 0, now: () => clock.at };
  return { clock, health: new Health(clock, silentLogger) };
}

describe('service/health', () => {
  it('is ready when no part has a reason', async () => {
    const { health: it } = health();
    it.report('lanes', () => null);
    it.probe('database', async () => null);
    expect(await it.readiness()).toEqual({ ready: true, reasons: [] });
  });

  it('names every part that has a reason', async () => {
    const { health: it } = health();
    it.report('lanes', () => 'the partition 2 is paused');
    it.probe('database', async () => 'away');
    it.hold('service', 'starting');
    expect(await it.readiness()).toEqual({
      ready: false,
      reasons: ['service: starting', 'lanes: the partition 2 is paused', 'database: away'],
    });
    it.release('service');
    expect((await it.readiness()).reasons).toHaveLength(2);
  });

  it('takes a report back', async () => {
    const { health: it } = health();
    const takeBack = it.report('lanes', () => 'stopped');
    takeBack();
    expect((await it.readiness()).ready).toBe(true);
  });

  it('counts a part that throws as not ready', async () => {
    const { health: it } = health();
    it.report('lanes', () => {
      throw new Error('no lanes');
    });
    it.probe('database', async () => {
      throw new Error('no route');
    });
    expect((await it.readiness()).reasons).toEqual(['lanes: cannot say how it is: no lanes', 'database: no route']);
  });

  it('does not ask again while an answer is fresh, nor twice at once', async () => {
    const { health: it, clock } = health();
    let asked = 0;
    it.probe('database', async () => {
      asked++;
      return null;
    });
    await Promise.all([it.readiness(), it.readiness()]);
    clock.at = 1_999;
    await it.readiness();
    expect(asked).toBe(1);
    clock.at = 2_000;
    await it.readiness();
    expect(asked).toBe(2);
  });

  it('does not wait for a probe that hangs', async () => {
    const { health: it } = health();
    it.probe('database', () => new Promise(() => undefined), { timeoutMs: 5 });
    expect(await it.readiness()).toEqual({ ready: false, reasons: ['database: no answer within 5 ms'] });
  });
});
