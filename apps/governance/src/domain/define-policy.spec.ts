import { BUILT_IN_POLICY, type PolicyRule } from '@millrace/contracts';
import { definePolicy } from './define-policy';
import { at, rulesWith } from './domain-fixtures';
import { evolvePolicy, inForce, noPolicy, ruleOf } from './policy';

const define = (rules: PolicyRule[], policy = 'release', before = noPolicy()) =>
  definePolicy(before, { policy, rules, reason: 'because' }, (value) => String(JSON.stringify(value).length), at(0));

describe('governance > domain > definePolicy', () => {
  it('begins with the built-in policy, which its own rules would let pass', () => {
    expect(inForce(noPolicy())).toBe(BUILT_IN_POLICY);
    expect(define(BUILT_IN_POLICY.rules as PolicyRule[])).toMatchObject([
      { type: 'PolicyDefined', data: { number: 1 } },
    ]);
    expect(BUILT_IN_POLICY).toMatchObject({
      id: 'built-in:1',
      rules: [
        { riskClass: 'UNACCEPTABLE', forbidden: true },
        { riskClass: 'HIGH', approvals: 2, notSubmitter: true, notTrainer: true, acceptedData: true, notice: true },
        { riskClass: 'LIMITED', approvals: 0, notice: true },
        { riskClass: 'MINIMAL', approvals: 0, notice: false },
      ],
    });
  });

  it('counts, and is in force from then on', () => {
    const first = evolvePolicy(noPolicy(), define(rulesWith('MINIMAL', { approvals: 1 }))[0]!);
    const second = evolvePolicy(first, define(rulesWith('MINIMAL', { approvals: 3 }), 'release', first)[0]!);
    expect(inForce(second).id).toBe('release:2');
    expect(ruleOf(inForce(second), 'MINIMAL')?.approvals).toBe(3);
    expect(ruleOf(inForce(second), 'UNKNOWN')).toBeUndefined();
  });

  it.each<[string, PolicyRule[], RegExp]>([
    ['no rules', [], /one rule for each/],
    ['three rules', BUILT_IN_POLICY.rules.slice(1), /one rule for each/],
    ['a class twice', [...BUILT_IN_POLICY.rules.slice(1), BUILT_IN_POLICY.rules[1]!], /one rule for each/],
    ['a way for what is unacceptable', rulesWith('UNACCEPTABLE', { forbidden: false }), /prohibited/],
    ['fewer than no approvals', rulesWith('HIGH', { approvals: -1 }), /-1 approvals/],
    ['more approvals than there are people', rulesWith('HIGH', { approvals: 11 }), /11 approvals/],
    ['a field that no card has', rulesWith('HIGH', { cardFields: ['colour'] }), /colour, which is no field/],
    ['a metric without a bound', rulesWith('LIMITED', { metrics: [metric('auc', null, null)] }), /without a bound/],
    ['a metric without a name', rulesWith('LIMITED', { metrics: [metric(' ', 1, null)] }), /without a name/],
    ['a bound that is NaN', rulesWith('LIMITED', { metrics: [metric('auc', Number.NaN, null)] }), /finite/],
    ['an infinite bound', rulesWith('LIMITED', { metrics: [metric('auc', null, Infinity)] }), /finite/],
    ['bounds that exclude each other', rulesWith('LIMITED', { metrics: [metric('auc', 2, 1)] }), /nothing is both/],
    ['a long list', rulesWith('LIMITED', { approverRoles: Array.from({ length: 51 }, () => 'r') }), /more than 50/],
    ['more than an event can hold', rulesWith('LIMITED', { approverRoles: ['r'.repeat(70_000)] }), /bytes of JSON/],
  ])('refuses %s', (_, rules, reason) => {
    const facts = define(rules);
    expect(facts).toMatchObject([{ type: 'PolicyRefused', data: { reasonCode: 'BAD_POLICY', policy: 'release' } }]);
    expect(facts[0]!.data.reason).toMatch(reason);
    expect(evolvePolicy(noPolicy(), facts[0]!)).toEqual(noPolicy());
  });

  it('refuses a policy of another name, which would decide nothing', () => {
    expect(define(BUILT_IN_POLICY.rules as PolicyRule[], 'other')).toMatchObject([
      { data: { reasonCode: 'BAD_NAME' } },
    ]);
  });
});

function metric(name: string, atLeast: number | null, atMost: number | null) {
  return { metric: name, atLeast, atMost };
}
