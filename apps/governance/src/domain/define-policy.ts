import {
  type DecisionContext,
  DefinePolicy,
  type PolicyRule,
  type Refusal,
  type RiskClass,
  refusal,
  refusalOf,
  stamp,
} from '@millrace/contracts';
import { type Policy, type PolicyFact, RELEASE_POLICY } from './policy';

/** Hex SHA-256 of the canonical JSON of a value; handed in, so that this folder computes nothing but rules. */
export type DigestOf = (value: unknown) => string;

/** Fields of the model card that a rule may demand, beside the risk class, which every release needs. */
export const CARD_FIELDS = ['purpose', 'description', 'dataset', 'metrics'] as const;
const CLASSES = ['UNACCEPTABLE', 'HIGH', 'LIMITED', 'MINIMAL'] as const satisfies readonly RiskClass[];
const MAX_APPROVALS = 10;
const MAX_ENTRIES = 50;
const MAX_BYTES = 65_536;

export function definePolicy(
  policy: Policy,
  command: DefinePolicy,
  digestOf: DigestOf,
  context: DecisionContext,
): PolicyFact[] {
  const { policy: name, rules, reason } = command;
  const why = whyNotDefine(command);
  if (why)
    return [{ type: 'PolicyRefused', data: { ...refusalOf(context, DefinePolicy.fullName, why), policy: name } }];
  return [
    {
      type: 'PolicyDefined',
      data: {
        ...stamp(context),
        policy: name,
        number: policy.number + 1,
        digest: digestOf(rules),
        rules,
        reason,
        by: context.actor,
      },
    },
  ];
}

function whyNotDefine({ policy, rules }: DefinePolicy): Refusal | null {
  if (policy !== RELEASE_POLICY)
    return refusal('BAD_NAME', `There is one policy, ${RELEASE_POLICY}: "${policy}" would decide nothing.`);
  const bytes = Buffer.byteLength(JSON.stringify(rules));
  if (bytes > MAX_BYTES)
    return refusal('BAD_POLICY', `The rules are ${bytes} bytes of JSON, too many: at most ${MAX_BYTES}.`);
  if (rules.length !== CLASSES.length || CLASSES.some((one) => !rules.some(({ riskClass }) => riskClass === one)))
    return refusal('BAD_POLICY', `A policy has one rule for each of ${CLASSES.join(', ')}.`);
  const odd = rules.map(whyOdd).find((one) => one !== null);
  return odd ? refusal('BAD_POLICY', odd) : null;
}

function whyOdd(rule: PolicyRule): string | null {
  const { riskClass, forbidden, approvals, approverRoles, metrics, cardFields } = rule;
  if (riskClass === 'UNACCEPTABLE' && !forbidden)
    return 'The rule of UNACCEPTABLE must be forbidden: such a practice is prohibited, and no policy allows it.';
  if (approvals < 0 || approvals > MAX_APPROVALS)
    return `The rule of ${riskClass} asks for ${approvals} approvals: 0 to ${MAX_APPROVALS} are possible.`;
  if (Math.max(approverRoles.length, metrics.length, cardFields.length) > MAX_ENTRIES)
    return `The rule of ${riskClass} has a list of more than ${MAX_ENTRIES} entries.`;
  const unknown = cardFields.find((field) => !CARD_FIELDS.some((one) => one === field));
  if (unknown !== undefined)
    return `The rule of ${riskClass} demands ${unknown}, which is no field: use ${CARD_FIELDS.join(', ')}.`;
  for (const { metric, atLeast, atMost } of metrics) {
    if (metric.trim() === '' || (atLeast === null && atMost === null))
      return `The rule of ${riskClass} has a metric without a name or without a bound.`;
    if (![atLeast, atMost].every((bound) => bound === null || Number.isFinite(bound)))
      return `The rule of ${riskClass} bounds ${metric} by what is no finite number.`;
    if (atLeast !== null && atMost !== null && atLeast > atMost)
      return `The rule of ${riskClass} demands ${metric} of at least ${atLeast} and at most ${atMost}: nothing is both.`;
  }
  return null;
}
