import { evolveQuarantine, liftQuarantine, noQuarantine, quarantineModel } from './quarantine';

const context = { now: 5, actor: 'ann', commandId: 'c' };
const quarantined = evolveQuarantine(noQuarantine(), quarantineModel(noQuarantine(), 'd', 3, 'SIGKILL', 1)[0]!);

describe('inference > domain > quarantine', () => {
  it('is set once', () => {
    expect(quarantined).toEqual({ version: 1, quarantined: true });
    expect(quarantineModel(quarantined, 'd', 4, 'SIGKILL', 2)).toEqual([]);
  });

  it('is lifted by its owner and can be set again', () => {
    const fact = liftQuarantine(quarantined, { digest: 'd', reason: 'mended' }, context);
    expect(fact).toMatchObject({ type: 'QuarantineLifted', data: { by: 'ann', aggregateVersion: 2 } });
    const lifted = evolveQuarantine(quarantined, fact);
    expect(quarantineModel(lifted, 'd', 3, 'x', 9)[0]).toMatchObject({ data: { aggregateVersion: 3 } });
  });

  it('refuses to lift what is not quarantined', () => {
    expect(liftQuarantine(noQuarantine(), { digest: 'd', reason: '' }, context)).toMatchObject({
      type: 'QuarantineRefused',
      data: { reasonCode: 'NOT_QUARANTINED', commandId: 'c' },
    });
  });

  it('ignores a repeat', () => {
    const fact = quarantineModel(noQuarantine(), 'd', 3, 'x', 1)[0]!;
    const lifted = evolveQuarantine(quarantined, liftQuarantine(quarantined, { digest: 'd', reason: '' }, context));
    expect(evolveQuarantine(lifted, fact)).toEqual(lifted);
  });
});
