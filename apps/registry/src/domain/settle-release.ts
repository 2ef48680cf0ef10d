import {
  type ApprovalGranted,
  type Arm,
  type DecisionContext,
  ProposeRelease,
  type Refusal,
  type ReleaseDenied,
  type ReleaseRejected,
  refusal,
  releaseBinding,
} from '@millrace/contracts';
import { activate } from './activate';
import type { Endpoint } from './endpoint';
import { type ExpectedOfSource, inputChecksOf } from './input-checks';
import type { ModelVersion } from './model';
import { refuseRelease } from './refuse-release';
import type { Proposal, ReleaseFact, Releases } from './release';
import { whyNotServe } from './why-not-serve';

/**
 * What governance has granted goes live, if it still is what waits here and still fits. A grant of anything else, such as a
 * proposal that was withdrawn meanwhile, changes nothing: why it does not wait stands on the log.
 * @param expected what the data sets of the version's source are expected to be; null when nothing is
 * @param unacceptable names of the models whose risk class is UNACCEPTABLE
 */
export function settleGranted(
  releases: Releases,
  grant: ApprovalGranted,
  endpoint: Endpoint,
  version: ModelVersion | undefined,
  expected: ExpectedOfSource | null,
  unacceptable: ReadonlySet<string>,
  context: DecisionContext,
): ReleaseFact[] {
  const pending = waiting(releases, grant);
  if (!pending) return [];
  const why = whyNotActivate(releases, pending, grant, endpoint, version, unacceptable);
  if (why || !version) return why ? refuseRelease(grant.endpoint, why, about(grant), context) : [];
  const arm: Arm = {
    arm: 'main',
    model: pending.model,
    version: pending.version,
    artifact: version.artifact,
    signature: version.signature,
    probability: 1,
  };
  const { binding, policy, approvers } = grant;
  return activate(
    releases,
    {
      endpoint: grant.endpoint,
      release: pending.release,
      major: pending.major,
      arms: [arm],
      inputChecks: inputChecksOf(expected, version.signature),
    },
    { by: approvers.length > 0 ? approvers.join(', ') : policy, binding, policy },
    context,
  );
}

/** What governance, or a person, does not allow never goes live. */
export function settleDenied(releases: Releases, denial: ReleaseDenied, context: DecisionContext): ReleaseFact[] {
  if (!waiting(releases, denial)) return [];
  return refuseRelease(denial.endpoint, refusal('RELEASE_DENIED', denial.reason), about(denial), context);
}

export function settleRejected(
  releases: Releases,
  rejection: ReleaseRejected,
  context: DecisionContext,
): ReleaseFact[] {
  if (!waiting(releases, rejection)) return [];
  const { endpoint, by, reason } = rejection;
  return refuseRelease(
    endpoint,
    refusal('RELEASE_REJECTED', `${by} rejected it: ${reason}`),
    about(rejection),
    context,
  );
}

type Decided = ApprovalGranted | ReleaseDenied | ReleaseRejected;

const waiting = ({ pending }: Releases, { release }: Decided): Proposal | undefined =>
  pending?.release === release ? pending : undefined;

const about = (decided: Decided) => ({
  release: decided.release,
  command: ProposeRelease.fullName,
  missing: 'missing' in decided ? decided.missing : [],
});

function whyNotActivate(
  releases: Releases,
  pending: Proposal,
  grant: ApprovalGranted,
  endpoint: Endpoint,
  version: ModelVersion | undefined,
  unacceptable: ReadonlySet<string>,
): Refusal | null {
  const { endpoint: name } = grant;
  const { model, version: number, digest, major } = pending;
  if (
    releaseBinding({ endpoint: name, ...pending }) !== grant.binding ||
    (version && version.artifact.digest !== digest)
  )
    return refusal(
      'PROPOSAL_CHANGED',
      `What was approved for ${name} is not what waits here: endpoint, major, digest or strategy differ. Propose the release again: millrace release propose ${name} ${model}:${number}.`,
    );
  if (unacceptable.has(model))
    return refusal('MODEL_UNACCEPTABLE', `The risk class of ${model} is UNACCEPTABLE now: release another model.`);
  return whyNotServe({ releases, name, model, number, endpoint, version, major });
}
