import type { LearnerGuardTripped } from '@millrace/contracts';
import { evolveAlert, judgeAlert, noAlert } from './alert';
import { AT_ONCE, watchGuard } from './watch-guard';

const said: LearnerGuardTripped = {
  aggregateVersion: 7,
  occurredAt: 5_000,
  learner: 'online',
  endpoint: 'late',
  major: 2,
  trip: 'BURST',
  offset: 900,
  taken: 890,
  learned: 850,
  refused: { SURPRISING: 40 },
};
const context = { version: 0, now: 9, actor: 'service:monitoring', causeId: 'e1' };

describe('monitoring > watchGuard', () => {
  it('names learner, trip and figures', () => {
    expect(watchGuard(said, 'e1', true)).toEqual({
      about: {
        alert: 'late.v2/GUARD/online/BURST@sent',
        endpoint: 'late',
        major: 2,
        rule: 'GUARD',
        subject: 'online/BURST',
        slice: null,
      },
      observation: {
        breach: true,
        window: {
          time: 'SENT',
          start: 5_000,
          end: 5_000,
          model: null,
          version: null,
          rows: 890,
          figures: { learned: 850, SURPRISING: 40 },
          threshold: null,
          statement: expect.stringMatching(/^online: many labels surprise .* learner show online/),
          event: 'e1',
        },
      },
    });
  });

  it('is raised by one word of the guard and resolved by the next', () => {
    const judge = (breach: boolean, alert = noAlert()) => {
      const { about, observation } = watchGuard(said, 'e1', breach);
      return judgeAlert(alert, about, [observation], AT_ONCE, context);
    };
    const [raised] = judge(true);
    expect(raised).toMatchObject({ type: 'AlertRaised', data: { breaching: 1, windows: 1 } });
    const open = evolveAlert(noAlert(), raised!);
    expect(judge(true, open)).toEqual([]);
    expect(judge(false, open)).toMatchObject([{ type: 'AlertResolved', data: { clean: 1 } }]);
    expect(judge(false)).toEqual([]);
  });
});
