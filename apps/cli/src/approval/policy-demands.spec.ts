import { BUILT_IN_POLICY, type PolicyRule } from '@millrace/contracts';
import { demandsOf } from './policy-demands';

const ruleOf = (riskClass: string): PolicyRule => BUILT_IN_POLICY.rules.find((rule) => rule.riskClass === riskClass)!;

describe('cli > approval > demandsOf', () => {
  it('says the built-in policy in lines that fit beside two columns of 80', () => {
    expect(demandsOf(ruleOf('HIGH'))).toEqual([
      '2 people',
      '  but not who proposed it or who trained it',
      'accepted data',
      'a transparency notice',
      'on the model card: purpose, dataset, metrics',
    ]);
    expect(demandsOf(ruleOf('LIMITED'))).toEqual(['a transparency notice']);
    expect(demandsOf(ruleOf('MINIMAL'))).toEqual([]);
  });

  it('says roles and bounds of metrics, and counts one person as one', () => {
    const metrics = [
      { metric: 'auc', atLeast: 0.7, atMost: null },
      { metric: 'logLoss', atLeast: null, atMost: 0.5 },
    ];
    const rule = { ...ruleOf('MINIMAL'), approvals: 1, approverRoles: ['risk', 'legal'], notTrainer: true, metrics };
    expect(demandsOf(rule)).toEqual([
      '1 person',
      '  with the role risk or legal',
      '  but not who trained it',
      'auc >= 0.7',
      'logLoss <= 0.5',
    ]);
  });

  it('asks nobody for who may not approve where nobody has to', () => {
    expect(demandsOf({ ...ruleOf('MINIMAL'), notSubmitter: true })).toEqual([]);
  });
});
