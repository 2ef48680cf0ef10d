import type { PolicyRule } from '@millrace/contracts';

/** What a rule asks for before a release, a short line each. */
export function demandsOf(rule: PolicyRule): string[] {
  const { approvals, acceptedData, metrics, notice, cardFields } = rule;
  return [
    ...(approvals > 0 ? peopleOf(rule) : []),
    ...(acceptedData ? ['accepted data'] : []),
    ...(notice ? ['a transparency notice'] : []),
    ...(cardFields.length > 0 ? [`on the model card: ${cardFields.join(', ')}`] : []),
    ...metrics.map(({ metric, atLeast, atMost }) =>
      [metric, ...(atLeast === null ? [] : [`>= ${atLeast}`]), ...(atMost === null ? [] : [`<= ${atMost}`])].join(' '),
    ),
  ];
}

function peopleOf({ approvals, approverRoles, notSubmitter, notTrainer }: PolicyRule): string[] {
  const notThey = [...(notSubmitter ? ['who proposed it'] : []), ...(notTrainer ? ['who trained it'] : [])];
  return [
    `${approvals} ${approvals === 1 ? 'person' : 'people'}`,
    ...(approverRoles.length > 0 ? [`  with the role ${approverRoles.join(' or ')}`] : []),
    ...(notThey.length > 0 ? [`  but not ${notThey.join(' or ')}`] : []),
  ];
}
