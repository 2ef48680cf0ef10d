import type {
  ApprovalClosed,
  ApprovalGranted,
  ApprovalRequested,
  DatasetJudged,
  DatasetRegistered,
  EndpointCreated,
  EndpointRetired,
  ExpectationSetDefined,
  ExpectationSetDerived,
  JobProgressed,
  LearnerForked,
  LearnerGuardReleased,
  LearnerGuardTripped,
  LearnerReported,
  LearnerRolledBack,
  LearnerSnapshotFailed,
  LearnerSnapshotTaken,
  LearnerStarted,
  LearnerStopped,
  ModelAliasSet,
  ModelClassified,
  ModelQuarantined,
  ModelVersionRegistered,
  NoticeAttached,
  PolicyDefined,
  QuarantineLifted,
  ReleaseActivated,
  ReleaseApproved,
  ReleaseDenied,
  ReleaseGranted,
  ReleaseHalted,
  ReleaseProposed,
  ReleaseRefused,
  ReleaseRejected,
  ReleaseWithdrawn,
  RunCompleted,
  RunFailed,
  RunPlanned,
  RunRefused,
  RunStarted,
  SourceRegistered,
  VerdictOverridden,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { alerts, quality, windows } from './monitoring';
import { type Body, projection } from './projection';
import { triggers } from './retraining';
import { type Projection, recordName, sourceOf, type ViewBody } from './view';

export const sources = projection('source', 'source', {
  SourceRegistered: (_, data: SourceRegistered, event) => ({ ...data, from: sourceOf(event) }),
});

export const datasets = projection('dataset', 'dataset', {
  DatasetRegistered: (_, data: DatasetRegistered, event) => ({ ...data, from: sourceOf(event) }),
});

export const verdicts = projection('verdict', 'dataset', {
  DatasetJudged: (_, data: DatasetJudged, event) => ({ ...data, override: null, from: sourceOf(event) }),
  VerdictOverridden: (body, data: VerdictOverridden, event) => ({
    ...body,
    verdict: 'OVERRIDDEN',
    override: { reason: data.reason, by: data.by, at: data.occurredAt, from: sourceOf(event) },
  }),
});

/** The set in force of every source. */
export const expectations = projection('expectations', 'source', {
  ExpectationSetDefined: (body, data: ExpectationSetDefined, event) => ({
    ...body,
    ...data,
    definedBy: data.by,
    from: sourceOf(event),
  }),
  ExpectationSetDerived: (body, { observed: _, ...data }: ExpectationSetDerived, event) => ({
    ...body,
    ...data,
    from: sourceOf(event),
  }),
});

const runFacts = projection('run', 'run', {
  RunPlanned: (body, data: RunPlanned, event) => ({
    ...without(body, ['reasonCode', 'reason', 'completedAt']),
    ...data,
    status: 'PLANNED',
    plannedAt: data.occurredAt,
    from: sourceOf(event),
  }),
  RunStarted: (body, data: RunStarted) => ({
    ...body,
    status: 'RUNNING',
    attempt: data.attempt,
    worker: data.worker,
    startedAt: body?.startedAt ?? data.occurredAt,
    ...(Number(body?.progressOf ?? 0) < data.attempt ? noProgress : {}),
  }),
  JobProgressed: (body, data: JobProgressed) => (body?.status === 'COMPLETED' ? body : progressed(body, data)),
  RunCompleted: (body, data: RunCompleted) => ({
    ...body,
    status: 'COMPLETED',
    ...noProgress,
    candidates: data.result.candidates,
    result: data.result,
    verdict: data.verdict,
    completedAt: data.occurredAt,
  }),
  RunFailed: (body, data: RunFailed) => ({
    ...body,
    status: 'FAILED',
    ...noProgress,
    reasonCode: data.reasonCode,
    reason: data.reason,
    completedAt: data.occurredAt,
  }),
  // Whoever pulls a trigger asks nobody, so here it is seen. Of a run that there is, nothing was refused but to plan it twice.
  RunRefused: (body, { run, model, dataset, reasonCode, reason, occurredAt }: RunRefused, event) =>
    body?.status && body.status !== 'REFUSED'
      ? body
      : {
          ...body,
          run,
          model,
          dataset,
          status: 'REFUSED',
          reasonCode,
          reason,
          completedAt: occurredAt,
          from: sourceOf(event),
        },
  ModelVersionRegistered: (body, { run, model, dataset, version }: ModelVersionRegistered) => ({
    run,
    model,
    dataset,
    ...body,
    version: `${model}:${version}`,
  }),
});

/** Runs, their progress, and the version that came of each: facts of three topics. */
export const runs: Projection = {
  ...runFacts,
  idOf: (event) => ((event.data as { run?: string | null }).run == null ? null : runFacts.idOf(event)),
  // The version of the model counts another life than that of the run.
  versionOf: (event) => (recordName(event) === 'ModelVersionRegistered' ? null : runFacts.versionOf(event)),
};

const without = (body: Body, members: readonly string[]): ViewBody =>
  Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !members.includes(name)));

/** `progressOf`: the attempt that the progress shown is of. */
const noProgress = { progress: null, progressOf: null };

/**
 * Reports come on another topic than the facts of the run, so either may be read first, and both orders give the same row: a
 * report of an attempt that was overtaken moves no bar, but the score that it brings counts.
 */
function progressed(body: Body, { phase, done, total, attempt, candidate }: JobProgressed): ViewBody {
  const scored = (body?.candidates as { candidate: string }[] | undefined) ?? [];
  const overtaken = attempt < Math.max(Number(body?.attempt ?? 0), Number(body?.progressOf ?? 0));
  const moves = body?.status !== 'FAILED' && !overtaken;
  return {
    ...noProgress,
    ...body,
    ...(moves ? { progress: { phase, done, total }, progressOf: attempt } : {}),
    candidates: candidate ? [...scored.filter((one) => one.candidate !== candidate.candidate), candidate] : scored,
  };
}

export const models = projection('model', 'model', {
  ModelVersionRegistered: (body, data: ModelVersionRegistered, event) => ({
    model: data.model,
    aliases: body?.aliases ?? {},
    versions: [...((body?.versions as unknown[] | undefined) ?? []), { ...data, from: sourceOf(event) }],
  }),
  ModelAliasSet: (body, data: ModelAliasSet) => ({
    ...body,
    aliases: { ...(body?.aliases as Record<string, number> | undefined), [data.alias]: data.version },
  }),
});

export const endpoints = projection('endpoint', 'endpoint', {
  EndpointCreated: (body, data: EndpointCreated, event) => ({
    endpoint: data.endpoint,
    status: 'LIVE',
    description: data.description,
    majors: [...((body?.majors as unknown[] | undefined) ?? []), { ...data, from: sourceOf(event) }],
  }),
  EndpointRetired: (body, data: EndpointRetired) => ({
    ...body,
    status: 'RETIRED',
    retiredAt: data.occurredAt,
    reason: data.reason,
  }),
});

/** Proposals on their way, by release: a roll back may pass one that waits for approval. */
type Proposed = Readonly<Record<string, ReleaseProposed & { readonly grantedBy?: string }>>;

const proposedIn = (body: Body): Proposed => (body?.proposed as Proposed | undefined) ?? {};

/** The body without a proposal that is no more on its way. */
function settled(body: Body, release: string): ViewBody {
  const { [release]: _, ...proposed } = proposedIn(body);
  const pending = body?.pending as ReleaseProposed | null | undefined;
  return { ...body, proposed, pending: pending?.release === release ? null : (pending ?? null) };
}

/** Every release of an endpoint in order of revision, so that "which version was live at T?" is a look-up. */
const releaseSteps = projection('release', 'endpoint', {
  ReleaseProposed: (body, data: ReleaseProposed) => ({
    ...body,
    endpoint: data.endpoint,
    proposed: { ...proposedIn(body), [data.release]: data },
    pending: data.kind === 'ROLL_BACK' ? (body?.pending ?? null) : data,
  }),
  ReleaseGranted: (body, { release, by }: ReleaseGranted) => {
    const proposed = proposedIn(body);
    return { ...body, proposed: { ...proposed, [release]: { ...proposed[release], grantedBy: by } } };
  },
  ReleaseActivated: (body, data: ReleaseActivated, event) => {
    const proposal: Partial<Proposed[string]> = proposedIn(body)[data.release] ?? {};
    const activation = {
      revision: data.revision,
      release: data.release,
      major: data.major,
      since: data.occurredAt,
      arms: data.arms.map((arm) => ({
        arm: arm.arm,
        model: arm.model,
        version: arm.version,
        digest: arm.artifact.digest,
        probability: arm.probability,
      })),
      kind: proposal.kind ?? 'UNKNOWN',
      reason: proposal.reason ?? '',
      proposedBy: proposal.proposedBy ?? '',
      grantedBy: proposal.grantedBy ?? '',
      from: sourceOf(event),
    };
    return {
      ...settled(body, data.release),
      endpoint: data.endpoint,
      live: activation,
      history: [...((body?.history as unknown[] | undefined) ?? []), activation],
    };
  },
  ReleaseHalted: (body, data: ReleaseHalted, event) => {
    const { revision, release, occurredAt: since, reason, by } = data;
    const halt = { revision, release, since, arms: [], kind: 'HALT', reason, proposedBy: by, from: sourceOf(event) };
    return {
      ...body,
      endpoint: data.endpoint,
      live: halt,
      history: [...((body?.history as unknown[] | undefined) ?? []), halt],
    };
  },
  ReleaseWithdrawn: (body, { release, endpoint, reason }: ReleaseWithdrawn) => ({
    ...settled(body, release),
    endpoint,
    lastRefusal: { release, reasonCode: 'RELEASE_WITHDRAWN', reason },
  }),
  ReleaseRefused: (body, { release, endpoint, reasonCode, reason }: ReleaseRefused) => ({
    ...settled(body, release),
    endpoint,
    lastRefusal: { release, reasonCode, reason },
  }),
});

/** A command that was refused at once changed nothing: the endpoint need not even exist. What waited and was refused then did. */
export const releases: Projection = {
  ...releaseSteps,
  idOf: (event) =>
    (event.data as Partial<ReleaseRefused>).commandId === event.causationId ? null : releaseSteps.idOf(event),
};

/** Reports and snapshots kept in the view, newest last; the log has them all. */
const REPORTS_SHOWN = 200;
const SNAPSHOTS_SHOWN = 20;

const newest = <T>(list: unknown, one: T, most: number): unknown[] =>
  [...((list as unknown[] | undefined) ?? []), one].slice(-most);

export const learners = projection('learner', 'learner', {
  LearnerForked: (_, { learner, from, offset }: LearnerForked) => ({ learner, forked: { from, offset } }),
  LearnerRolledBack: (body, { offset, reached, leftOut, reason, by }: LearnerRolledBack) => ({
    ...body,
    leftOut,
    rollBacks: newest(body?.rollBacks, { offset, reached, reason, by }, SNAPSHOTS_SHOWN),
  }),
  LearnerStarted: (body, data: LearnerStarted, event) => ({
    ...data,
    forked: body?.forked ?? null,
    status: 'LEARNING',
    reports: [],
    latest: null,
    guard: {},
    versions: [],
    failedSnapshots: [],
    from: sourceOf(event),
  }),
  LearnerReported: (body, data: LearnerReported) => ({
    ...body,
    latest: data,
    reports: newest(body?.reports, data, REPORTS_SHOWN),
  }),
  LearnerGuardTripped: (body, { trip, offset, occurredAt: since, refused }: LearnerGuardTripped) => ({
    ...body,
    guard: { ...(body?.guard as object | undefined), [trip]: { offset, since, refused } },
  }),
  LearnerGuardReleased: (body, { trip }: LearnerGuardReleased) => {
    const { [trip]: _, ...guard } = (body?.guard ?? {}) as Record<string, unknown>;
    return { ...body, guard };
  },
  // The signature is the version's; here it would be repeated in every snapshot.
  LearnerSnapshotTaken: (body, { signature: _, ...data }: LearnerSnapshotTaken) => ({
    ...body,
    versions: newest(body?.versions, data, SNAPSHOTS_SHOWN),
  }),
  LearnerSnapshotFailed: (body, data: LearnerSnapshotFailed) => ({
    ...body,
    failedSnapshots: newest(body?.failedSnapshots, data, SNAPSHOTS_SHOWN),
  }),
  LearnerStopped: (body, data: LearnerStopped) => ({
    ...body,
    status: 'STOPPED',
    stoppedBy: data.by,
    stoppedAt: data.occurredAt,
    reason: data.reason,
  }),
});

export const quarantines = projection('quarantine', 'digest', {
  ModelQuarantined: (_, data: ModelQuarantined, event) => ({ ...data, status: 'QUARANTINED', from: sourceOf(event) }),
  QuarantineLifted: (body, data: QuarantineLifted) => ({
    ...body,
    status: 'LIFTED',
    liftedBy: data.by,
    liftedAt: data.occurredAt,
  }),
});

/** How much harm a model can do, and what people are told about it. */
export const risks = projection('risk', 'model', {
  ModelClassified: (body, data: ModelClassified, event) => ({ ...body, ...data, from: sourceOf(event) }),
  NoticeAttached: (body, data: NoticeAttached, event) => ({
    ...body,
    model: data.model,
    notice: { text: data.notice, by: data.by, at: data.occurredAt, from: sourceOf(event) },
  }),
});

/** The policy in force. */
export const policies = projection('policy', 'policy', {
  PolicyDefined: (_, data: PolicyDefined, event) => ({ ...data, from: sourceOf(event) }),
});

/** What became of every release that was asked for: what it lacks, who approved it, who denied it. */
export const approvals = projection('approval', 'release', {
  ApprovalRequested: (body, data: ApprovalRequested, event) => ({
    approvals: [],
    requestedAt: data.occurredAt,
    ...body,
    ...data,
    status: 'WAITING',
    from: sourceOf(event),
  }),
  ReleaseApproved: (body, { by, roles, reason, occurredAt: at }: ReleaseApproved) => ({
    ...body,
    approvals: [...((body?.approvals as unknown[] | undefined) ?? []), { by, roles, reason, at }],
  }),
  ApprovalGranted: (body, data: ApprovalGranted, event) => ({
    approvals: [],
    requestedAt: data.occurredAt,
    ...body,
    ...data,
    ...decided('GRANTED', '', data, event),
  }),
  ReleaseDenied: (body, data: ReleaseDenied, event) => ({
    approvals: [],
    requestedAt: data.occurredAt,
    ...body,
    ...data,
    ...decided('DENIED', data.reason, data, event),
  }),
  ReleaseRejected: (body, data: ReleaseRejected, event) => ({
    ...body,
    ...decided('REJECTED', data.reason, data, event),
    rejectedBy: data.by,
  }),
  ApprovalClosed: (body, data: ApprovalClosed, event) => ({
    ...body,
    ...decided('WITHDRAWN', data.reason, data, event),
  }),
});

const decided = (
  status: string,
  reason: string,
  { occurredAt }: { readonly occurredAt: number },
  event: Received<unknown>,
) => ({ status, reason, missing: [], decidedAt: occurredAt, from: sourceOf(event) });

interface CommandFact extends ReturnType<typeof sourceOf> {
  readonly id: string;
}

/** What became of a command: refused if any fact that names it as its cause says so, else done. */
export const commands: Projection = {
  kind: 'command',
  idOf: (event) => event.causationId,
  versionOf: () => null,
  apply: (body, event) => {
    const facts = (body?.facts as CommandFact[] | undefined) ?? [];
    if (body && facts.some((fact) => fact.id === event.id)) return body;
    const data = event.data as { reasonCode?: string; reason?: string; commandId?: string };
    const refusal =
      data.commandId === undefined ? {} : { status: 'REFUSED', reasonCode: data.reasonCode, reason: data.reason };
    return { status: 'DONE', ...body, ...refusal, facts: [...facts, factOf(event)].sort(byPlace) };
  },
};

/** One cause may be answered on several topics, which are read side by side. */
const byPlace = (a: CommandFact, b: CommandFact): number =>
  a.topic === b.topic ? a.partition - b.partition || a.offset - b.offset : a.topic < b.topic ? -1 : 1;

const factOf = (event: Received<unknown>) => ({
  id: event.id,
  record: event.record,
  key: event.key,
  ...sourceOf(event),
});

export const allProjections: readonly Projection[] = [
  sources,
  datasets,
  verdicts,
  expectations,
  runs,
  models,
  endpoints,
  releases,
  learners,
  quarantines,
  risks,
  policies,
  approvals,
  windows,
  quality,
  alerts,
  triggers,
  commands,
];
