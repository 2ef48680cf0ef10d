import { type PolicyRule, type RiskClass, releaseBinding } from '@millrace/contracts';
import fc from 'fast-check';
import { type Approval, type ApprovalFact, evolveApproval, noApproval, type Proposal } from './approval';
import { approveRelease } from './approve-release';
import { closeApproval } from './close-approval';
import { evidence, rulesWith } from './domain-fixtures';
import type { Evidence } from './evidence';
import { inForce, noPolicy, type PolicyInForce } from './policy';
import { rejectRelease } from './reject-release';
import { noRisk } from './risk';
import { weighRelease } from './weigh-release';

const PEOPLE = ['ann', 'bob', 'cy', 'sue', 'tim'];
const DIGEST = 'a'.repeat(64);
const POLICIES: readonly PolicyInForce[] = [
  inForce(noPolicy()),
  { id: 'release:1', rules: rulesWith('HIGH', { approvals: 1, notTrainer: false }) },
  { id: 'release:2', rules: rulesWith('LIMITED', { approvals: 3, approverRoles: ['approver'] }) },
  { id: 'release:3', rules: rulesWith('MINIMAL', { metrics: [{ metric: 'auc', atLeast: 0.6, atMost: null }] }) },
  // Nothing but the four eyes needs the version here.
  { id: 'release:4', rules: rulesWith('HIGH', { acceptedData: false, notice: false, cardFields: [] }) },
];

type Step =
  | { readonly kind: 'propose'; readonly model: string; readonly by: string }
  | { readonly kind: 'classify'; readonly model: string; readonly riskClass: RiskClass }
  | { readonly kind: 'notice' | 'verdict' | 'version' | 'worse version' | 'run'; readonly model: string }
  | { readonly kind: 'policy'; readonly policy: number }
  | { readonly kind: 'approve' | 'approve another'; readonly release: number; readonly by: string }
  | { readonly kind: 'reject' | 'withdraw'; readonly release: number; readonly by: string };

const person = fc.constantFrom(...PEOPLE);
const model = fc.constantFrom('m', 'n');
const release = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('propose' as const), model, by: person }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('classify' as const),
      model,
      riskClass: fc.constantFrom<RiskClass>('UNACCEPTABLE', 'HIGH', 'HIGH', 'LIMITED', 'MINIMAL'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('notice', 'verdict', 'version', 'worse version', 'run'), model }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('policy' as const), policy: fc.nat(POLICIES.length - 1) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      release,
      by: person,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('reject', 'withdraw', 'approve another'), release, by: person }),
  },
);

/** Everything that governance has on its tables, and everything that it has said. */
class World {
  policy: PolicyInForce = inForce(noPolicy());
  readonly evidence = new Map<string, Evidence>(
    // Of one model nothing is known; the other one lacks nothing but approvals, or random steps would hardly get there.
    [
      ['m', { ...evidence('HIGH'), verdict: 'OVERRIDDEN' }],
      ['n', { risk: noRisk(), version: null, trainedBy: null, verdict: null }],
    ],
  );
  readonly approvals: Approval[] = [];
  readonly said: ApprovalFact[][] = [];
  steps = 0;
  grantedByPeople = 0;

  run(one: Step): void {
    this.steps++;
    if (one.kind === 'propose') this.propose(one.model, one.by);
    else if (one.kind === 'policy') this.policy = POLICIES[one.policy]!;
    else if ('release' in one) this.decide(one);
    else this.learn(one);
    this.approvals.forEach((_, index) => {
      this.weigh(index);
    });
  }

  private propose(name: string, by: string): void {
    const content = { endpoint: name, major: 1, digest: DIGEST, strategy: 'ALL_AT_ONCE' };
    const proposal = {
      ...content,
      release: `r${this.approvals.length}`,
      model: name,
      version: 1,
      binding: releaseBinding(content),
      proposedBy: by,
    };
    this.approvals.push(noApproval());
    this.said.push([]);
    this.weigh(this.approvals.length - 1, proposal);
  }

  private learn(one: Extract<Step, { model: string }>): void {
    const known = this.evidence.get(one.model)!;
    const metrics = { auc: one.kind === 'worse version' ? 0.5 : 0.7 };
    const version = { digest: DIGEST, madeBy: 'run', dataset: 'd:1', metrics, description: 'd' };
    const change: Partial<Evidence> =
      one.kind === 'classify'
        ? { risk: { ...known.risk, riskClass: one.riskClass, purpose: 'p' } }
        : one.kind === 'notice'
          ? { risk: { ...known.risk, notice: 'n' } }
          : one.kind === 'verdict'
            ? { verdict: known.verdict === null ? 'REJECTED' : 'OVERRIDDEN' }
            : one.kind === 'run'
              ? { trainedBy: 'tim' }
              : { version };
    this.evidence.set(one.model, { ...known, ...change });
  }

  private decide(one: Extract<Step, { release: number }>): void {
    const approval = this.approvals[one.release];
    if (!approval) return;
    const context = { ...this.context(one.release), actor: one.by };
    const proposal = approval.proposal!;
    if (one.kind === 'withdraw') {
      const said = { aggregateVersion: 1, occurredAt: 1, release: proposal.release, endpoint: proposal.endpoint };
      this.take(one.release, closeApproval(approval, { ...said, reason: 'halted', by: one.by }, context));
      return;
    }
    const { release: id } = proposal;
    const binding = one.kind === 'approve another' ? 'f'.repeat(64) : proposal.binding;
    const facts =
      one.kind === 'reject'
        ? rejectRelease(approval, { release: id, reason: 'no' }, context)
        : approveRelease(
            approval,
            { release: id, binding, reason: '', roles: one.by === 'cy' ? [] : ['approver'] },
            this.weightsOf(proposal),
            context,
          );
    const answer = facts[0]!.type;
    const waits = approval.status === 'WAITING' && one.kind !== 'approve another';
    must(
      answer === 'ApprovalRefused' || (waits && (answer === 'ReleaseApproved' || answer === 'ReleaseRejected')),
      `${one.kind} of what is ${approval.status} was answered by ${answer}`,
    );
    this.take(one.release, facts);
  }

  private weigh(index: number, proposal = this.approvals[index]!.proposal!): void {
    const approval = this.approvals[index]!;
    this.take(index, weighRelease(approval, proposal, this.weightsOf(proposal), this.context(index)));
  }

  private weightsOf({ model: name }: Proposal) {
    return { policy: this.policy, evidence: this.evidence.get(name)! };
  }

  private context(index: number) {
    return { version: this.said[index]!.length, now: this.steps, actor: 'service:governance', causeId: 'c' };
  }

  /** Facts become state, and each of them is held against what must be true. */
  private take(index: number, facts: readonly ApprovalFact[]): void {
    for (const fact of facts) {
      const before = this.approvals[index]!;
      const said = this.said[index]!;
      said.push(fact);
      must(fact.data.aggregateVersion === said.length, 'there is a gap');
      this.approvals[index] = evolveApproval(before, fact);
      const open = before.status === 'ABSENT' || before.status === 'WAITING';
      must(open || this.approvals[index] === before, `what was ${before.status} has changed`);
      if (fact.type === 'ApprovalGranted') this.mustBeRight(index, fact.data.approvers);
    }
  }

  /** What a grant must rest on, said without the code that gave it. */
  private mustBeRight(index: number, approvers: readonly string[]): void {
    const proposal = this.approvals[index]!.proposal!;
    const { risk, version, trainedBy, verdict } = this.evidence.get(proposal.model)!;
    const rule: PolicyRule = this.policy.rules.find(({ riskClass }) => riskClass === risk.riskClass)!;
    must(!rule.forbidden, 'what is forbidden was granted');
    const { endpoint } = proposal;
    const content = { endpoint, major: 1, digest: DIGEST, strategy: 'ALL_AT_ONCE' };
    must(proposal.binding === releaseBinding(content), 'the grant is tied to something else');
    must(new Set(approvers).size === approvers.length, 'a person counted twice');
    must(approvers.length >= rule.approvals, 'too few have approved');
    const words = this.said[index]!.flatMap((fact) => (fact.type === 'ReleaseApproved' ? [fact.data] : []));
    for (const by of approvers) {
      const word = words.find((one) => one.by === by);
      must(word?.binding === proposal.binding, `${by} has not approved this`);
      must(
        rule.approverRoles.every((role) => word?.roles.includes(role)),
        `${by} lacks the role`,
      );
    }
    must(!rule.notSubmitter || !approvers.includes(proposal.proposedBy), 'who proposed it approved it');
    must(!rule.notTrainer || (trainedBy === 'tim' && !approvers.includes('tim')), 'who trained it approved it');
    must(!rule.notice || risk.notice !== '', 'there is no notice');
    must(!rule.acceptedData || verdict === 'OVERRIDDEN', 'the data are rejected');
    must(rule.metrics.length === 0 || (version?.metrics.auc ?? 0) >= 0.6, 'the metric is not met');
    if (approvers.length > 0) this.grantedByPeople++;
  }
}

/** Much cheaper than expect(), which a million checks would feel. */
function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

describe('governance > domain > 10,000 random sequences', () => {
  it('grant nothing that the policy does not allow, and change nothing that is decided', () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 8, maxLength: 18 }), (steps) => {
        const world = new World();
        for (const one of steps) world.run(one);
        ends.set('BY PEOPLE', (ends.get('BY PEOPLE') ?? 0) + world.grantedByPeople);
        for (const { status, missing } of world.approvals) {
          ends.set(status, (ends.get(status) ?? 0) + 1);
          must(status !== 'WAITING' || missing.length > 0, 'it waits for nothing');
        }
      }),
      { seed: 17, numRuns: 10_000 },
    );
    // A property that only ever saw one end would prove little.
    for (const end of ['WAITING', 'GRANTED', 'BY PEOPLE', 'DENIED', 'REJECTED', 'WITHDRAWN'])
      expect([end, (ends.get(end) ?? 0) > 100]).toEqual([end, true]);
  });
});
