import {
  ClassifyModel,
  type DecisionContext,
  NAME_PATTERN,
  type Refusal,
  refusal,
  refusalOf,
  stamp,
} from '@millrace/contracts';
import type { RiskFact } from './risk';

const MAX_REASONS = 20;
const MAX_TEXT = 2_000;

/**
 * The risk class of a model, whether it exists yet or not: a class may be set before the first run. It may be set again,
 * higher or lower; the log keeps who did it and why.
 */
export function classifyModel(command: ClassifyModel, context: DecisionContext): RiskFact[] {
  const { model, riskClass, reasons, purpose } = command;
  const why = whyNotClassify(command);
  if (why)
    return [{ type: 'ClassificationRefused', data: { ...refusalOf(context, ClassifyModel.fullName, why), model } }];
  return [
    {
      type: 'ModelClassified',
      data: {
        ...stamp(context),
        model,
        riskClass,
        reasons,
        purpose,
        by: context.actor,
      },
    },
  ];
}

function whyNotClassify({ model, riskClass, reasons, purpose }: ClassifyModel): Refusal | null {
  if (!NAME_PATTERN.test(model)) return refusal('BAD_NAME', `"${model}" is not a name: use [a-z][a-z0-9-]{0,62}.`);
  if (riskClass === 'UNKNOWN')
    return refusal('BAD_RISK_CLASS', 'The risk class must be unacceptable, high, limited or minimal.');
  if (reasons.length === 0 || reasons.length > MAX_REASONS)
    return refusal('BAD_REASONS', `${reasons.length} reasons are given, it takes 1 to ${MAX_REASONS}.`);
  if (reasons.some((reason) => reason.trim() === '' || reason.length > MAX_TEXT))
    return refusal('BAD_REASONS', `A reason is blank or longer than ${MAX_TEXT} characters.`);
  if (purpose.length > MAX_TEXT)
    return refusal('BAD_REASONS', `The purpose is longer than ${MAX_TEXT} characters: say it in fewer.`);
  return null;
}
