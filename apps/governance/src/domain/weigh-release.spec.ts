import type { MissingPiece, PolicyRule, ReleaseProposed } from '@millrace/contracts';
import { type Approval, type ApprovalFact, evolveApproval, noApproval } from './approval';
import { closeApproval } from './close-approval';
import { at, evidence, proposal, rulesWith, weights } from './domain-fixtures';
import { proposalOf } from './proposal-of';
import { type Weights, weighRelease } from './weigh-release';

const weigh = (withWhat: Weights, approval = noApproval()) => weighRelease(approval, proposal, withWhat, at(0));
const after = (facts: readonly ApprovalFact[], approval: Approval = noApproval()) =>
  facts.reduce(evolveApproval, approval);
const codes = (facts: readonly ApprovalFact[]) =>
  (facts[0]!.data as { missing: MissingPiece[] }).missing.map(({ code }) => code);
const known = evidence('HIGH').version!;
const nothing = { reasons: [], purpose: '', notice: '' };

describe('governance > domain > weighRelease', () => {
  it('grants at once what the policy asks nobody about, tied to the content of the proposal', () => {
    const facts = weigh(weights('MINIMAL', { version: null, trainedBy: null, verdict: null }));
    expect(facts).toMatchObject([
      {
        type: 'ApprovalGranted',
        data: { ...proposal, aggregateVersion: 1, riskClass: 'MINIMAL', policy: 'built-in:1', approvers: [] },
      },
    ]);
    expect(after(facts)).toMatchObject({ status: 'GRANTED', proposal });
  });

  it('lets an unclassified model wait for its class, and says how to set it', () => {
    const facts = weigh(weights('UNKNOWN'));
    expect(facts).toMatchObject([{ type: 'ApprovalRequested', data: { riskClass: 'UNKNOWN' } }]);
    expect(codes(facts)).toEqual(['RISK_CLASS']);
    expect((facts[0]!.data as { missing: MissingPiece[] }).missing[0]!.next).toContain('millrace risk set m');
    expect(after(facts).status).toBe('WAITING');
  });

  it('denies for good what is unacceptable, whatever comes later', () => {
    const facts = weigh(weights('UNACCEPTABLE'));
    expect(facts).toMatchObject([{ type: 'ReleaseDenied', data: { missing: [{ code: 'RISK_CLASS' }] } }]);
    expect(weigh(weights('MINIMAL'), after(facts))).toEqual([]);
    const waits = after(weigh(weights('HIGH')));
    expect(weigh(weights('UNACCEPTABLE'), waits)).toMatchObject([{ type: 'ReleaseDenied' }]);
  });

  it('says again what is missing only when it changes', () => {
    const first = weigh(weights('LIMITED', { risk: { ...nothing, riskClass: 'LIMITED' } }));
    expect(codes(first)).toEqual(['NOTICE']);
    const waits = after(first);
    expect(weigh(weights('LIMITED', { risk: { ...nothing, riskClass: 'LIMITED' } }), waits)).toEqual([]);
    expect(codes(weigh(weights('HIGH', { risk: { ...nothing, riskClass: 'HIGH' } }), waits))).toEqual([
      'NOTICE',
      'CARD_FIELD',
      'APPROVALS',
    ]);
    expect(weigh(weights('LIMITED'), waits)).toMatchObject([{ type: 'ApprovalGranted' }]);
  });

  it('says it again when another class or another policy asks for the same', () => {
    const rules = rulesWith('LIMITED', { approvals: 2, notSubmitter: true, notTrainer: true });
    const waits = after(weigh(weights('LIMITED', {}, rules)));
    expect(waits).toMatchObject({ status: 'WAITING', riskClass: 'LIMITED', policy: 'release:1' });
    expect(weigh(weights('HIGH', {}, rules), waits)).toMatchObject([{ data: { riskClass: 'HIGH' } }]);
    const next = { ...weights('LIMITED', {}, rules), policy: { id: 'release:2', rules } };
    expect(weigh(next, waits)).toMatchObject([{ type: 'ApprovalRequested', data: { policy: 'release:2' } }]);
  });

  it('names nobody when the policy in force asks nobody, whoever approved before', () => {
    const waiting: Approval = { ...after(weigh(weights('HIGH'))), approvals: [{ by: 'bob', roles: ['admin'] }] };
    const laxer = weights('HIGH', {}, rulesWith('HIGH', { approvals: 0 }));
    expect(weigh(laxer, waiting)).toMatchObject([{ type: 'ApprovalGranted', data: { approvers: [] } }]);
  });

  const HIGH: Partial<PolicyRule> = { approvals: 0 };
  it.each<[string, Partial<PolicyRule>, Parameters<typeof evidence>[1], string[]]>([
    ['nothing', HIGH, {}, []],
    ['a version that nobody has heard of', HIGH, { version: null }, ['VERSION']],
    ['a version with other bytes', HIGH, { version: { ...known, digest: 'b'.repeat(64) } }, ['VERSION']],
    ['who trained it', HIGH, { trainedBy: null }, ['VERSION']],
    [
      'the data of an imported version',
      HIGH,
      { version: { ...known, madeBy: null, dataset: null }, trainedBy: null },
      ['DATA_SET', 'CARD_FIELD'],
    ],
    ['a verdict', HIGH, { verdict: null }, ['VERDICT']],
    ['good data', HIGH, { verdict: 'REJECTED' }, ['VERDICT']],
    ['nothing, when somebody answers for the data', HIGH, { verdict: 'OVERRIDDEN' }, []],
    ['a notice', HIGH, { risk: { ...evidence('HIGH').risk, notice: '' } }, ['NOTICE']],
    ['a purpose', HIGH, { risk: { ...evidence('HIGH').risk, purpose: '' } }, ['CARD_FIELD']],
    ['metrics', HIGH, { version: { ...known, metrics: {} } }, ['CARD_FIELD']],
    [
      'a description',
      { ...HIGH, cardFields: ['description'] },
      { version: { ...known, description: '' } },
      ['CARD_FIELD'],
    ],
    ['a metric', { ...HIGH, metrics: [{ metric: 'holdOut.f1', atLeast: 0, atMost: null }] }, {}, ['METRIC']],
    ['a higher metric', { ...HIGH, metrics: [{ metric: 'holdOut.auc', atLeast: 0.71, atMost: null }] }, {}, ['METRIC']],
    ['a lower metric', { ...HIGH, metrics: [{ metric: 'holdOut.auc', atLeast: null, atMost: 0.69 }] }, {}, ['METRIC']],
    [
      'a metric that is a number',
      { ...HIGH, metrics: [{ metric: 'holdOut.auc', atLeast: null, atMost: 1 }] },
      { version: { ...known, metrics: { 'holdOut.auc': Number.NaN } } },
      ['METRIC'],
    ],
    ['nothing at the bound', { ...HIGH, metrics: [{ metric: 'holdOut.auc', atLeast: 0.7, atMost: 0.7 }] }, {}, []],
    ['approvals', { approvals: 3 }, {}, ['APPROVALS']],
    // Else the trainer could approve before anybody knows who that is.
    [
      'who trained it, though nothing else of the version is asked for',
      { approvals: 0, acceptedData: false, cardFields: [] },
      { trainedBy: null },
      ['VERSION'],
    ],
    [
      'a metric that it does not have',
      { ...HIGH, metrics: [{ metric: 'auc', atLeast: null, atMost: 1 }] },
      {},
      ['METRIC'],
    ],
  ])('finds %s missing', (_, change, found, missing) => {
    const facts = weigh(weights('HIGH', found, rulesWith('HIGH', change)));
    if (missing.length === 0) expect(facts).toMatchObject([{ type: 'ApprovalGranted', data: { policy: 'release:1' } }]);
    else expect(codes(facts)).toEqual(missing);
  });

  it.each([
    ['sue', 'tim', '0 of 2 approvals, not by sue, who proposed it, not by tim, who trained it'],
    ['sue', 'sue', '0 of 2 approvals, not by sue, who proposed and trained it'],
    ['sue', null, '0 of 2 approvals, not by sue, who proposed it'],
  ])('says whose approval does not count: proposed by %s, trained by %s', (proposedBy, trainedBy, what) => {
    const proposed = { ...proposal, proposedBy };
    const facts = weighRelease(noApproval(), proposed, weights('HIGH', { trainedBy }), at(0));
    const { missing } = facts[0]!.data as { missing: MissingPiece[] };
    expect(missing.at(-1)?.what).toBe(what);
  });

  it('counts each approver once, and by the rule as it is now', () => {
    const approvals = ['sue', 'tim', 'bob', 'bob', 'cy'].map((by) => ({ by, roles: by === 'cy' ? [] : ['admin'] }));
    const waiting: Approval = { ...after(weigh(weights('HIGH'))), approvals };
    expect(weigh(weights('HIGH'), waiting)).toMatchObject([
      { type: 'ApprovalGranted', data: { approvers: ['bob', 'cy'], trainedBy: 'tim' } },
    ]);
    const stricter = weights('HIGH', {}, rulesWith('HIGH', { approverRoles: ['admin'] }));
    expect(codes(weigh(stricter, waiting))).toEqual(['APPROVALS']);
    const laxer = weights('HIGH', {}, rulesWith('HIGH', { notSubmitter: false, notTrainer: false, approvals: 4 }));
    expect(weigh(laxer, waiting)).toMatchObject([{ data: { approvers: ['sue', 'tim', 'bob', 'cy'] } }]);
  });
});

describe('governance > domain > proposalOf, closeApproval', () => {
  const proposed = { ...proposal, kind: 'FORWARD', reason: '' } as unknown as ReleaseProposed;

  it('asks nobody about roll backs, nor about what was proposed before approvals existed', () => {
    expect(proposalOf(proposed)).toEqual(proposal);
    expect(proposalOf({ ...proposed, kind: 'ROLL_BACK' })).toBeNull();
    expect(proposalOf({ ...proposed, strategy: '' })).toBeNull();
  });

  it('closes what waits, and nothing else', () => {
    const withdrawn = { aggregateVersion: 1, occurredAt: 1, release: 'r', endpoint: 'e', reason: 'halted', by: 'ann' };
    const closed = closeApproval(after(weigh(weights('HIGH'))), withdrawn, at(1));
    expect(closed).toMatchObject([{ type: 'ApprovalClosed', data: { aggregateVersion: 2, reason: 'halted' } }]);
    expect(closeApproval(after(weigh(weights('MINIMAL'))), withdrawn, at(1))).toEqual([]);
    expect(closeApproval(noApproval(), withdrawn, at(0))).toEqual([]);
  });
});
