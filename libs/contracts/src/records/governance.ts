import { array, boolean, double, enumeration, event, int, nullable, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';

const NS = 'io.millrace.governance';

export const RiskClass = enumeration(
  `${NS}.RiskClass`,
  ['UNKNOWN', 'UNACCEPTABLE', 'HIGH', 'LIMITED', 'MINIMAL'],
  'Risk class of a model as the EU AI Act (2024/1689) cuts them; UNKNOWN = nobody has classified it',
  'UNKNOWN',
);
export type RiskClass = Infer<typeof RiskClass>;

export const ClassifyModel = record(`${NS}.ClassifyModel`, 'Command: say how much harm a model can do', {
  model: string(),
  riskClass: RiskClass,
  reasons: array(string(), 'Why this class, one sentence each; at least one'),
  purpose: string('What the model is meant for, and by whom it is used; empty = not said'),
});
export type ClassifyModel = Infer<typeof ClassifyModel>;

export const ModelClassified = event(`${NS}.ModelClassified`, 'The risk class of a model is set', {
  model: string(),
  riskClass: RiskClass,
  reasons: array(string(), 'Why this class, one sentence each'),
  purpose: string('What the model is meant for, and by whom it is used; empty = not said'),
  by: string('Actor'),
});
export type ModelClassified = Infer<typeof ModelClassified>;

export const AttachNotice = record(
  `${NS}.AttachNotice`,
  'Command: say what people are told who deal with the model (EU AI Act, article 50)',
  { model: string(), notice: string('The text of the transparency notice') },
);
export type AttachNotice = Infer<typeof AttachNotice>;

export const NoticeAttached = event(`${NS}.NoticeAttached`, 'A model has a transparency notice', {
  model: string(),
  notice: string('The text of the transparency notice'),
  by: string('Actor'),
});
export type NoticeAttached = Infer<typeof NoticeAttached>;

export const ClassificationRefused = refusal(
  `${NS}.ClassificationRefused`,
  'A command about the risk of a model was refused',
  { model: string() },
);
export type ClassificationRefused = Infer<typeof ClassificationRefused>;

export const MetricDemand = record(`${NS}.MetricDemand`, 'A bound on one metric of a version', {
  metric: string('Name as the version has it, for example holdOut.rocAuc'),
  atLeast: nullable(double('Smallest value that passes; null = unbounded')),
  atMost: nullable(double('Largest value that passes; null = unbounded')),
});
export type MetricDemand = Infer<typeof MetricDemand>;

export const PolicyRule = record(`${NS}.PolicyRule`, 'What a release takes whose model has one risk class', {
  riskClass: RiskClass,
  forbidden: boolean('Refused for good, whatever the evidence'),
  approvals: int('How many different people must approve'),
  approverRoles: array(string(), 'Roles of which an approver must have one; empty = any who may send commands'),
  notSubmitter: boolean('Who proposed the release may not approve it'),
  notTrainer: boolean('Who started the run may not approve it'),
  acceptedData: boolean(
    'The data set that the version was trained on is known, and its verdict ACCEPTED or OVERRIDDEN',
  ),
  metrics: array(MetricDemand, 'Bounds on the metrics of the version'),
  notice: boolean('The model has a transparency notice'),
  cardFields: array(
    string(),
    'Fields of the model card that may not be missing: purpose, description, dataset, metrics',
  ),
});
export type PolicyRule = Infer<typeof PolicyRule>;

export const DefinePolicy = record(`${NS}.DefinePolicy`, 'Command: replace what releases take, by risk class', {
  policy: string('Name of the policy; release is the one in force for every release'),
  rules: array(PolicyRule, 'One for each risk class'),
  reason: string(),
});
export type DefinePolicy = Infer<typeof DefinePolicy>;

export const PolicyDefined = event(`${NS}.PolicyDefined`, 'A policy is in force from now on', {
  policy: string('Name of the policy'),
  number: int('1, 2, 3 ... within the policy'),
  digest: string('SHA-256 of the canonical rules, lowercase hex'),
  rules: array(PolicyRule, 'One for each risk class'),
  reason: string(),
  by: string('Actor'),
});
export type PolicyDefined = Infer<typeof PolicyDefined>;

export const PolicyRefused = refusal(`${NS}.PolicyRefused`, 'A policy was not defined', {
  policy: string('Name of the policy'),
});
export type PolicyRefused = Infer<typeof PolicyRefused>;

export const MissingPiece = record(`${NS}.MissingPiece`, 'What a release still needs before it may go live', {
  code: string('RISK_CLASS, VERSION, DATA_SET, VERDICT, METRIC, NOTICE, CARD_FIELD or APPROVALS'),
  what: string('What is missing, for people'),
  next: string('What to do about it, for people'),
});
export type MissingPiece = Infer<typeof MissingPiece>;

/** What is to be allowed: a proposal of the registry, tied to its content. */
const PROPOSAL = {
  release: string(),
  endpoint: string(),
  model: string(),
  version: int(),
  digest: string('SHA-256 of the model file, lowercase hex'),
  binding: string('SHA-256 over endpoint, major, digest and strategy: what is allowed is this and nothing else'),
  riskClass: RiskClass,
  policy: string('<policy>:<number>, or built-in:<number> where none was defined'),
  major: int(),
  strategy: string('How the traffic moves: ALL_AT_ONCE'),
  proposedBy: string('Actor'),
  trainedBy: nullable(string('Actor who started the run; null = imported, or not known yet')),
};

export const ApprovalRequested = event(
  `${NS}.ApprovalRequested`,
  'A release waits; said again whenever what is missing changes',
  { ...PROPOSAL, missing: array(MissingPiece, 'What the release still needs; never empty') },
);
export type ApprovalRequested = Infer<typeof ApprovalRequested>;

export const ApproveRelease = record(`${NS}.ApproveRelease`, 'Command: one person allows a release', {
  release: string(),
  binding: string('What the approver has seen: the binding of the proposal'),
  reason: string(),
  roles: array(string(), 'Of the approver; the gateway fills it in, whatever was sent', { default: [] }),
});
export type ApproveRelease = Infer<typeof ApproveRelease>;

export const ReleaseApproved = event(`${NS}.ReleaseApproved`, 'One person allows a release', {
  release: string(),
  endpoint: string(),
  binding: string('What was approved'),
  by: string('Actor'),
  roles: array(string(), 'Of the approver'),
  reason: string(),
});
export type ReleaseApproved = Infer<typeof ReleaseApproved>;

export const ApprovalGranted = event(`${NS}.ApprovalGranted`, 'Everything is there: the release may go live', {
  ...PROPOSAL,
  approvers: array(string(), 'Who approved; empty = the policy asks nobody'),
});
export type ApprovalGranted = Infer<typeof ApprovalGranted>;

export const ReleaseDenied = event(`${NS}.ReleaseDenied`, 'The policy forbids the release, for good', {
  ...PROPOSAL,
  reason: string('Why, and what to do next'),
  missing: array(MissingPiece, 'What would have to be otherwise'),
});
export type ReleaseDenied = Infer<typeof ReleaseDenied>;

export const RejectRelease = record(`${NS}.RejectRelease`, 'Command: one person forbids a release that waits', {
  release: string(),
  reason: string(),
});
export type RejectRelease = Infer<typeof RejectRelease>;

export const ReleaseRejected = event(`${NS}.ReleaseRejected`, 'One person forbids a release, for good', {
  release: string(),
  endpoint: string(),
  by: string('Actor'),
  reason: string(),
  missing: array(MissingPiece, 'What the release still needed then'),
});
export type ReleaseRejected = Infer<typeof ReleaseRejected>;

export const ApprovalClosed = event(`${NS}.ApprovalClosed`, 'The registry has withdrawn the proposal', {
  release: string(),
  endpoint: string(),
  reason: string(),
});
export type ApprovalClosed = Infer<typeof ApprovalClosed>;

export const ApprovalRefused = refusal(`${NS}.ApprovalRefused`, 'An approval or a rejection was refused', {
  release: string(),
});
export type ApprovalRefused = Infer<typeof ApprovalRefused>;
