import {
  BUILT_IN_POLICY,
  type DecisionContext,
  type PolicyRule,
  type RiskClass,
  releaseBinding,
} from '@millrace/contracts';
import type { Proposal } from './approval';
import type { Evidence } from './evidence';
import type { Weights } from './weigh-release';

/** Small values that the specs of this folder share. */
export const at = (version: number, actor = 'ann', causeId = 'cause-1'): DecisionContext => ({
  version,
  now: 1_000,
  actor,
  causeId,
});

/** The built-in rules, one of them changed. */
export const rulesWith = (riskClass: PolicyRule['riskClass'], change: Partial<PolicyRule>): PolicyRule[] =>
  BUILT_IN_POLICY.rules.map((rule) => (rule.riskClass === riskClass ? { ...rule, ...change } : rule));

const digest = 'a'.repeat(64);

export const proposal: Proposal = {
  release: 'r',
  endpoint: 'e',
  model: 'm',
  version: 1,
  digest,
  major: 1,
  strategy: 'ALL_AT_ONCE',
  binding: releaseBinding({ endpoint: 'e', major: 1, digest, strategy: 'ALL_AT_ONCE' }),
  proposedBy: 'sue',
};

/** A version that tim trained on accepted data, with everything that any rule may ask for; something of it changed. */
export const evidence = (riskClass: RiskClass, change: Partial<Evidence> = {}): Evidence => ({
  risk: { riskClass, reasons: ['it is so'], purpose: 'a purpose', notice: 'A machine decides.' },
  version: { digest, madeBy: 'run', dataset: 'd:1', metrics: { 'holdOut.auc': 0.7 }, description: 'a model' },
  trainedBy: 'tim',
  verdict: 'ACCEPTED',
  ...change,
});

export const weights = (
  riskClass: RiskClass,
  change: Partial<Evidence> = {},
  rules = BUILT_IN_POLICY.rules,
): Weights => ({
  policy: { id: rules === BUILT_IN_POLICY.rules ? BUILT_IN_POLICY.id : 'release:1', rules },
  evidence: evidence(riskClass, change),
});
