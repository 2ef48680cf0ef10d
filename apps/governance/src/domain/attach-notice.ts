import {
  AttachNotice,
  type DecisionContext,
  NAME_PATTERN,
  type Refusal,
  refusal,
  refusalOf,
  stamp,
} from '@millrace/contracts';
import type { RiskFact } from './risk';

const MAX_NOTICE = 10_000;

/** The newest notice is the one that counts. */
export function attachNotice(command: AttachNotice, context: DecisionContext): RiskFact[] {
  const { model, notice } = command;
  const why = whyNotAttach(command);
  if (why)
    return [{ type: 'ClassificationRefused', data: { ...refusalOf(context, AttachNotice.fullName, why), model } }];
  return [
    {
      type: 'NoticeAttached',
      data: {
        ...stamp(context),
        model,
        notice,
        by: context.actor,
      },
    },
  ];
}

function whyNotAttach({ model, notice }: AttachNotice): Refusal | null {
  if (!NAME_PATTERN.test(model)) return refusal('BAD_NAME', `"${model}" is not a name: use [a-z][a-z0-9-]{0,62}.`);
  if (notice.trim() === '') return refusal('BAD_NOTICE', 'The notice is blank: write what people are told.');
  if (notice.length > MAX_NOTICE)
    return refusal('BAD_NOTICE', `The notice has ${notice.length} characters, it may have ${MAX_NOTICE}.`);
  return null;
}
