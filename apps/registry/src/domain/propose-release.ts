import { type Arm, type DecisionContext, type ProposeRelease, type Refusal, refusalOf } from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import { grantRelease } from './grant-release';
import type { ModelVersion } from './model';
import { liveRelease, type ReleaseFact, type Releases } from './release';
import { differences } from './release-fits';

/** Proposed, granted and activated; or refused with every reason. */
export function proposeRelease(
  releases: Releases,
  command: ProposeRelease,
  endpoint: Endpoint,
  version: ModelVersion | undefined,
  context: DecisionContext,
): ReleaseFact[] {
  const refusal = whyNotPropose(releases, command, endpoint, version);
  if (refusal || !version) return refuseRelease(command.endpoint, 'ProposeRelease', refusal, context);
  const major = endpoint.majors.length;
  const arm: Arm = {
    arm: 'main',
    model: command.model,
    version: command.version,
    artifact: version.artifact,
    signature: version.signature,
    probability: 1,
  };
  return activate(
    releases,
    { endpoint: command.endpoint, reason: command.reason, kind: 'FORWARD', major, arms: [arm] },
    context,
  );
}

function whyNotPropose(
  releases: Releases,
  command: ProposeRelease,
  endpoint: Endpoint,
  version: ModelVersion | undefined,
): Refusal | null {
  const named = `${command.model}:${command.version}`;
  if (endpoint.status !== 'LIVE') return unservable(command.endpoint, endpoint.status);
  if (!version)
    return { reasonCode: 'UNKNOWN_VERSION', reason: `${named} does not exist: millrace model list names what does.` };
  const major = endpoint.majors.length;
  const unfit = differences(endpoint.majors[major - 1]!.signature, version.signature);
  if (unfit.length > 0)
    return {
      reasonCode: 'RELEASE_DOES_NOT_FIT',
      reason: `${named} does not fit ${command.endpoint} (major ${major}): ${unfit.join('; ')}. Make new topics beside the old: millrace endpoint create ${command.endpoint} --from ${named} --major ${major + 1}.`,
    };
  const live = liveRelease(releases);
  if (live?.major === major && live.arms.length === 1 && live.arms[0]!.artifact.digest === version.artifact.digest)
    return {
      reasonCode: 'ALREADY_LIVE',
      reason: `${command.endpoint} serves these bytes already (revision ${live.revision}).`,
    };
  return null;
}

export function unservable(endpoint: string, status: Endpoint['status']): Refusal {
  return status === 'ABSENT'
    ? {
        reasonCode: 'UNKNOWN_ENDPOINT',
        reason: `There is no endpoint ${endpoint}: make it with millrace endpoint create ${endpoint} --from <model>:<version>.`,
      }
    : { reasonCode: 'ENDPOINT_RETIRED', reason: `${endpoint} is retired and serves no more.` };
}

export interface Wanted {
  readonly endpoint: string;
  readonly reason: string;
  readonly kind: 'FORWARD' | 'ROLL_BACK';
  readonly major: number;
  readonly arms: readonly Arm[];
}

/** Proposed -> granted -> activated: three facts of one decision. The release is named by the command that asked. */
export function activate(releases: Releases, wanted: Wanted, context: DecisionContext): ReleaseFact[] {
  const arm = wanted.arms[0]!;
  const base = { occurredAt: context.now, endpoint: wanted.endpoint, release: context.causeId };
  return [
    {
      type: 'ReleaseProposed',
      data: {
        ...base,
        aggregateVersion: context.version + 1,
        kind: wanted.kind,
        model: arm.model,
        version: arm.version,
        digest: arm.artifact.digest,
        reason: wanted.reason,
        proposedBy: context.actor,
      },
    },
    { type: 'ReleaseGranted', data: { ...base, aggregateVersion: context.version + 2, ...grantRelease() } },
    {
      type: 'ReleaseActivated',
      data: {
        ...base,
        aggregateVersion: context.version + 3,
        major: wanted.major,
        revision: releases.revision + 1,
        arms: [...wanted.arms],
        salt: context.causeId,
        inputChecks: null,
      },
    },
  ];
}

export function refuseRelease(
  endpoint: string,
  command: string,
  refusal: Refusal | null,
  context: DecisionContext,
): ReleaseFact[] {
  if (!refusal) return [];
  const data = {
    ...refusalOf(context, `io.millrace.registry.${command}`, refusal),
    endpoint,
    release: context.causeId,
  };
  return [{ type: 'ReleaseRefused', data }];
}
