import { LearnerStarted, sampleOf } from '@millrace/contracts';
import { forkLearner } from './fork-learner';
import { evolveLearner, type Learner, type LearnerFact, noLearner } from './learner';
import { rollBackLearner } from './roll-back-learner';
import { stopLearner } from './stop-learner';

const at = (version: number) => ({ version, now: 1_000, actor: 'ann', causeId: 'c' });
const started: LearnerFact = {
  type: 'LearnerStarted',
  data: { ...(sampleOf(LearnerStarted) as LearnerStarted), learner: 'l', aggregateVersion: 1 },
};
const learning = evolveLearner(noLearner(), started);
const after = (learner: Learner, facts: readonly LearnerFact[]) => facts.reduce(evolveLearner, learner);
const rolledBack = (learner: Learner, to: number, nextOffset: number) =>
  rollBackLearner(learner, { learner: 'l', to, reason: 'poison' }, nextOffset, at(1));
const fork = (original: Learner, to: number | null, nextOffset: number | null, learner = noLearner(), name = 'new') =>
  forkLearner(learner, { learner: name, from: 'l', to }, original, nextOffset, at(0));
const codeOf = ([fact]: readonly LearnerFact[]) => (fact.type === 'LearnerRefused' ? fact.data.reasonCode : fact.type);

describe('training > domain > rollBackLearner', () => {
  it('leaves out what was learned from the offset on, tells nothing twice, and owes a report from there', () => {
    const facts = rolledBack(learning, 300, 500);
    expect(facts).toMatchObject([
      { type: 'LearnerRolledBack', data: { offset: 300, reached: 500, leftOut: [{ from: 300, to: 500 }], by: 'ann' } },
    ]);
    expect(after(learning, facts)).toMatchObject({ status: 'LEARNING', reportedTo: 500, snapshotTo: 500, tellAt: 300 });
  });

  it('once more, while it still reads the log again: nothing that it had reached is learned by mistake', () => {
    const once = after(learning, rolledBack(learning, 300, 500));
    expect(rolledBack(once, 200, 50)).toMatchObject([{ data: { reached: 500, leftOut: [{ from: 200, to: 500 }] } }]);
    expect(rolledBack(once, 400, 900)).toMatchObject([{ data: { reached: 900, leftOut: [{ from: 300, to: 900 }] } }]);
  });

  it.each([
    ['an offset that it has not passed', learning, 500, 'OFFSET_NOT_REACHED'],
    ['an offset below the first', learning, -1, 'OFFSET_NOT_REACHED'],
    ['no whole offset', learning, 1.5, 'OFFSET_NOT_REACHED'],
    ['a learner that is none', noLearner(), 1, 'UNKNOWN_LEARNER'],
    [
      'one that was stopped',
      after(learning, stopLearner(learning, { learner: 'l', reason: '' }, at(1))),
      1,
      'LEARNER_STOPPED',
    ],
  ])('refuses %s', (_, learner, to, code) => {
    expect(codeOf(rolledBack(learner, to, 500))).toBe(code);
  });
});

describe('training > domain > forkLearner', () => {
  it('begins with the plan and what was left out before the offset, and owes a report from there', () => {
    const original = after(learning, rolledBack(learning, 300, 500));
    const facts = fork(original, 400, 800);
    expect(facts).toMatchObject([
      {
        type: 'LearnerForked',
        data: { aggregateVersion: 1, from: 'l', offset: 400, leftOut: [{ from: 300, to: 400 }] },
      },
      { type: 'LearnerStarted', data: { aggregateVersion: 2, learner: 'new', snapshots: null, startedBy: 'ann' } },
    ]);
    expect(after(noLearner(), facts)).toMatchObject({ status: 'LEARNING', reportedTo: 400, tellAt: 400 });
    expect(fork(original, null, 800)).toMatchObject([{ data: { offset: 800 } }, {}]);
  });

  it('begins as one that was stopped, too', () => {
    const stopped = after(learning, stopLearner(learning, { learner: 'l', reason: '' }, at(1)));
    expect(codeOf(fork(stopped, 10, 500))).toBe('LearnerForked');
  });

  it.each([
    ['an offset that was not reached', fork(learning, 501, 500), 'OFFSET_NOT_REACHED'],
    ['an offset below the first', fork(learning, -1, 500), 'OFFSET_NOT_REACHED'],
    ['a learner that is none', fork(noLearner(), 1, null), 'UNKNOWN_LEARNER'],
    ['a name that is taken', fork(learning, 1, 500, learning), 'LEARNER_EXISTS'],
    ['a name that is none', fork(learning, 1, 500, noLearner(), 'Not A Name'), 'BAD_NAME'],
  ])('refuses %s', (_, facts, code) => {
    expect(codeOf(facts)).toBe(code);
  });
});
