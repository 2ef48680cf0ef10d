import {
  BUILT_IN_POLICY,
  type PolicyDefined,
  type PolicyRefused,
  type PolicyRule,
  type RiskClass,
} from '@millrace/contracts';

/** The one policy there is: what a release takes. */
export const RELEASE_POLICY = 'release';

export interface Policy {
  /** 0 = none was defined: the built-in one is in force. */
  readonly number: number;
  readonly digest: string | null;
  readonly rules: readonly PolicyRule[];
}

export type PolicyFact =
  | { readonly type: 'PolicyDefined'; readonly data: PolicyDefined }
  | { readonly type: 'PolicyRefused'; readonly data: PolicyRefused };

export const noPolicy = (): Policy => ({ number: 0, digest: null, rules: [] });

/** The only writer of the state: also used by a rebuild from `governance.policies.v1`. */
export function evolvePolicy(policy: Policy, fact: PolicyFact): Policy {
  if (fact.type === 'PolicyRefused') return policy;
  const { number, digest, rules } = fact.data;
  return { number, digest, rules };
}

/** The policy that decides, by the id that facts name. */
export interface PolicyInForce {
  readonly id: string;
  readonly rules: readonly PolicyRule[];
}

export const inForce = ({ number, rules }: Policy): PolicyInForce =>
  number === 0 ? BUILT_IN_POLICY : { id: `${RELEASE_POLICY}:${number}`, rules };

/** @returns undefined for a class that the policy does not know, such as UNKNOWN. */
export const ruleOf = ({ rules }: PolicyInForce, riskClass: RiskClass): PolicyRule | undefined =>
  rules.find((rule) => rule.riskClass === riskClass);
