import type { DecisionContext, PolicyRule } from '@millrace/contracts';
import { BUILT_IN } from './built-in-policy';

/** Small values that the specs of this folder share. */
export const at = (version: number, actor = 'ann', causeId = 'cause-1'): DecisionContext => ({
  version,
  now: 1_000,
  actor,
  causeId,
});

/** The built-in rules, one of them changed. */
export const rulesWith = (riskClass: PolicyRule['riskClass'], change: Partial<PolicyRule>): PolicyRule[] =>
  BUILT_IN.rules.map((rule) => (rule.riskClass === riskClass ? { ...rule, ...change } : rule));
