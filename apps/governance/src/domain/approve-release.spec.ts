import { type Approval, type ApprovalFact, evolveApproval, noApproval } from './approval';
import { approveRelease } from './approve-release';
import { at, proposal, rulesWith, weights } from './domain-fixtures';
import { rejectRelease } from './reject-release';
import { weighRelease } from './weigh-release';

const after = (facts: readonly ApprovalFact[], approval: Approval = noApproval()) =>
  facts.reduce(evolveApproval, approval);
const waits = after(weighRelease(noApproval(), proposal, weights('HIGH'), at(0)));
const command = { release: 'r', binding: proposal.binding, reason: 'seen', roles: ['admin'] };
const approve = (actor: string, approval = waits, withWhat = weights('HIGH'), change: Partial<typeof command> = {}) =>
  approveRelease(approval, { ...command, ...change }, withWhat, at(1, actor));

describe('governance > domain > approveRelease', () => {
  it('takes two people who neither proposed nor trained', () => {
    const first = approve('bob');
    expect(first).toMatchObject([
      { type: 'ReleaseApproved', data: { by: 'bob', binding: proposal.binding, aggregateVersion: 2 } },
      { type: 'ApprovalRequested', data: { aggregateVersion: 3, missing: [{ code: 'APPROVALS' }] } },
    ]);
    const second = approve('cy', after(first, waits));
    expect(second).toMatchObject([
      { type: 'ReleaseApproved', data: { by: 'cy' } },
      { type: 'ApprovalGranted', data: { approvers: ['bob', 'cy'], riskClass: 'HIGH' } },
    ]);
    expect(after(second, after(first, waits)).status).toBe('GRANTED');
  });

  const approved = after(approve('bob'), waits);
  it.each<[string, string, Approval, ReturnType<typeof weights>, Partial<typeof command>, string]>([
    ['who proposed it', 'sue', waits, weights('HIGH'), {}, 'FOUR_EYES'],
    ['who trained it', 'tim', waits, weights('HIGH'), {}, 'FOUR_EYES'],
    ['the same person twice', 'bob', approved, weights('HIGH'), {}, 'ALREADY_APPROVED'],
    ['what was not proposed', 'bob', noApproval(), weights('HIGH'), {}, 'UNKNOWN_APPROVAL'],
    ['what is granted', 'bob', { ...waits, status: 'GRANTED' }, weights('HIGH'), {}, 'NOT_WAITING'],
    ['what is withdrawn', 'bob', { ...waits, status: 'WITHDRAWN' }, weights('HIGH'), {}, 'NOT_WAITING'],
    ['something else than was seen', 'bob', waits, weights('HIGH'), { binding: '0' }, 'PROPOSAL_CHANGED'],
    ['a model without a class', 'bob', waits, weights('UNKNOWN'), {}, 'NOT_CLASSIFIED'],
    ['where nobody is asked', 'bob', waits, weights('LIMITED'), {}, 'NO_APPROVAL_NEEDED'],
    [
      'without the role',
      'bob',
      waits,
      weights('HIGH', {}, rulesWith('HIGH', { approverRoles: ['approver'] })),
      {},
      'ROLE_MISSING',
    ],
  ])('refuses the approval of %s', (_, actor, approval, withWhat, change, reasonCode) => {
    const facts = approve(actor, approval, withWhat, change);
    expect(facts).toMatchObject([
      { type: 'ApprovalRefused', data: { reasonCode, commandId: 'cause-1', release: 'r' } },
    ]);
    expect(after(facts, approval)).toEqual(approval);
  });
});

describe('governance > domain > rejectRelease', () => {
  it('ends it for good, with what was missing then', () => {
    const facts = rejectRelease(waits, { release: 'r', reason: 'no figures' }, at(1, 'bob'));
    expect(facts).toMatchObject([
      { type: 'ReleaseRejected', data: { by: 'bob', reason: 'no figures', missing: [{ code: 'APPROVALS' }] } },
    ]);
    const rejected = after(facts, waits);
    expect(approve('cy', rejected)).toMatchObject([{ data: { reasonCode: 'NOT_WAITING' } }]);
    expect(weighRelease(rejected, proposal, weights('MINIMAL'), at(2))).toEqual([]);
  });

  it.each([
    ['without a reason', waits, ' ', 'REASON_MISSING'],
    ['of nothing', noApproval(), 'no', 'UNKNOWN_APPROVAL'],
    ['of what is denied', { ...waits, status: 'DENIED' as const }, 'no', 'NOT_WAITING'],
  ])('refuses a rejection %s', (_, approval, reason, reasonCode) => {
    expect(rejectRelease(approval, { release: 'r', reason }, at(1))).toMatchObject([
      { type: 'ApprovalRefused', data: { reasonCode } },
    ]);
  });
});
