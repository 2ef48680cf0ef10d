import { type DecisionContext, OverrideVerdict, type Refusal, refusal, refusalOf, stamp } from '@millrace/contracts';
import type { Verdict, VerdictFact } from './verdict';

const MAX_REASON = 2_000;

/** Somebody answers for a rejected data set, with a reason, or is told why that cannot be. */
export function overrideVerdict(verdict: Verdict, command: OverrideVerdict, context: DecisionContext): VerdictFact[] {
  const { dataset, reason } = command;
  const why = whyNotOverride(verdict, command);
  if (why)
    return [{ type: 'OverrideRefused', data: { ...refusalOf(context, OverrideVerdict.fullName, why), dataset } }];
  const { source, datasetDigest } = verdict;
  return [
    {
      type: 'VerdictOverridden',
      data: {
        ...stamp(context),
        dataset,
        source,
        datasetDigest,
        reason: reason.trim(),
        by: context.actor,
      },
    },
  ];
}

function whyNotOverride({ status }: Verdict, { dataset, reason }: OverrideVerdict): Refusal | null {
  if (status === 'ABSENT')
    return refusal('NO_VERDICT', `${dataset} has no verdict: millrace dataset list names those that are judged.`);
  if (status === 'ACCEPTED') return refusal('NOT_REJECTED', `${dataset} is accepted: there is nothing to override.`);
  if (status === 'OVERRIDDEN') return refusal('NOT_REJECTED', `The verdict on ${dataset} is overridden already.`);
  const length = reason.trim().length;
  if (length === 0 || length > MAX_REASON)
    return refusal(
      'REASON_MISSING',
      `An override needs a reason of 1 to ${MAX_REASON} characters; this has ${length}.`,
    );
  return null;
}
