import type { MissingPiece, PolicyRule } from '@millrace/contracts';
import type { PersonalApproval, Proposal } from './approval';
import type { Evidence, KnownVersion } from './evidence';

export const piece = (code: string, what: string, next: string): MissingPiece => ({ code, what, next });

/** What a release needs whose model nobody has classified: without a class nobody knows what else. */
export const unclassified = (model: string): MissingPiece =>
  piece(
    'RISK_CLASS',
    `${model} has no risk class`,
    `millrace risk set ${model} minimal|limited|high|unacceptable --reason "..."`,
  );

/** Everything that a rule demands and that is not there, in the order in which it is best brought; empty: the release may go live. */
export function missingPieces(
  rule: PolicyRule,
  proposal: Proposal,
  evidence: Evidence,
  approvals: readonly PersonalApproval[],
): MissingPiece[] {
  const { version } = evidence;
  const needsVersion =
    rule.acceptedData ||
    rule.notTrainer ||
    rule.metrics.length > 0 ||
    rule.cardFields.some((field) => field !== 'purpose');
  const unknown = needsVersion ? whyVersionUnknown(proposal, evidence) : null;
  return [
    ...(unknown ? [unknown] : []),
    ...(rule.acceptedData && version ? dataPieces(version, evidence) : []),
    ...(version ? metricPieces(rule, version) : []),
    ...(rule.notice && evidence.risk.notice === ''
      ? [
          piece(
            'NOTICE',
            `${proposal.model} has no transparency notice`,
            `millrace risk notice ${proposal.model} --text "..."`,
          ),
        ]
      : []),
    ...cardPieces(rule, proposal, evidence),
    ...approvalPieces(rule, proposal, evidence, approvals),
  ];
}

function whyVersionUnknown({ model, version: number, digest }: Proposal, evidence: Evidence): MissingPiece | null {
  const { version, trainedBy } = evidence;
  const named = `${model}:${number}`;
  if (version === null || version.digest !== digest)
    return piece('VERSION', `governance has not heard of ${named} yet`, 'nothing: it reads on');
  if (version.madeBy !== null && trainedBy === null)
    return piece('VERSION', `governance has not heard yet who trained ${named}`, 'nothing: it reads on');
  return null;
}

function dataPieces({ dataset }: KnownVersion, { verdict }: Evidence): MissingPiece[] {
  if (dataset === null)
    return [piece('DATA_SET', 'no data set is known that the version was trained on', 'train it here: millrace train')];
  if (verdict === 'ACCEPTED' || verdict === 'OVERRIDDEN') return [];
  return [
    verdict === null
      ? piece('VERDICT', `there is no verdict on ${dataset} yet`, 'nothing: validation judges it; millrace status')
      : piece('VERDICT', `${dataset} is ${verdict}`, `millrace dataset profile ${dataset} says why`),
  ];
}

function metricPieces({ metrics }: PolicyRule, version: KnownVersion): MissingPiece[] {
  return metrics.flatMap(({ metric, atLeast, atMost }) => {
    const value = version.metrics[metric];
    const next = 'release a version that meets it, or define another policy: millrace policy define';
    if (value === undefined) return [piece('METRIC', `the version has no metric ${metric}`, next)];
    // NaN meets no bound.
    if (atLeast !== null && !(value >= atLeast))
      return [piece('METRIC', `${metric} is ${value}, it must be at least ${atLeast}`, next)];
    if (atMost !== null && !(value <= atMost))
      return [piece('METRIC', `${metric} is ${value}, it must be at most ${atMost}`, next)];
    return [];
  });
}

function cardPieces({ cardFields }: PolicyRule, { model }: Proposal, { risk, version }: Evidence): MissingPiece[] {
  const has: Readonly<Record<string, boolean>> = {
    purpose: risk.purpose !== '',
    // What is said about a version that is not known is said already.
    description: version === null || version.description !== '',
    dataset: version === null || version.dataset !== null,
    metrics: version === null || Object.keys(version.metrics).length > 0,
  };
  const next: Readonly<Record<string, string>> = {
    purpose: `say it with the class: millrace risk set ${model} ... --purpose "..."`,
    description: 'import the model with --description',
  };
  return cardFields
    .filter((field) => !has[field])
    .map((field) =>
      piece(
        'CARD_FIELD',
        `the model card of ${model} has no ${field}`,
        next[field] ?? 'train the model here: millrace train',
      ),
    );
}

function approvalPieces(
  rule: PolicyRule,
  proposal: Proposal,
  evidence: Evidence,
  approvals: readonly PersonalApproval[],
): MissingPiece[] {
  const counted = countedApprovers(rule, proposal, evidence, approvals).length;
  if (counted >= rule.approvals) return [];
  const roles = rule.approverRoles.length > 0 ? ` of the roles ${rule.approverRoles.join(', ')}` : '';
  return [
    piece(
      'APPROVALS',
      [`${counted} of ${rule.approvals} approvals${roles}`, ...excluded(rule, proposal, evidence)].join(', '),
      `millrace approval approve ${proposal.release}, with the API key of somebody who may`,
    ),
  ];
}

/** Whose word does not count, and why; who proposed and trained it is named once. */
function excluded(rule: PolicyRule, { proposedBy }: Proposal, { trainedBy }: Evidence): string[] {
  const submitter = rule.notSubmitter ? proposedBy : null;
  const trainer = rule.notTrainer ? trainedBy : null;
  if (submitter !== null && submitter === trainer) return [`not by ${submitter}, who proposed and trained it`];
  return [
    ...(submitter === null ? [] : [`not by ${submitter}, who proposed it`]),
    ...(trainer === null ? [] : [`not by ${trainer}, who trained it`]),
  ];
}

/** Who approved and counts: each person once, and by the rule as it is now, whatever it was when they approved. */
export function countedApprovers(
  rule: PolicyRule,
  proposal: Proposal,
  evidence: Evidence,
  approvals: readonly PersonalApproval[],
): string[] {
  const counted = approvals.filter(
    ({ by, roles }) => whyNoApprover(rule, proposal, evidence, by) === null && hasRole(rule, roles),
  );
  return [...new Set(counted.map(({ by }) => by))];
}

/** The four eyes: why this person's word does not count. */
export function whyNoApprover(
  rule: PolicyRule,
  { proposedBy }: Proposal,
  { trainedBy }: Evidence,
  actor: string,
): 'proposed the release' | 'trained it' | null {
  if (rule.notSubmitter && actor === proposedBy) return 'proposed the release';
  if (rule.notTrainer && actor === trainedBy) return 'trained it';
  return null;
}

export const hasRole = ({ approverRoles }: PolicyRule, roles: readonly string[]): boolean =>
  approverRoles.length === 0 || approverRoles.some((role) => roles.includes(role));
