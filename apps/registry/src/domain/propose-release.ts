import {
  type DecisionContext,
  ProposeRelease,
  type Refusal,
  type ReleaseProposed,
  refusal,
  releaseBinding,
  stamp,
} from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import type { ModelVersion } from './model';
import { refuseRelease } from './refuse-release';
import type { ReleaseFact, Releases } from './release';
import { whyNotServe } from './why-not-serve';
import { withdrawPending } from './withdraw-pending';

/** The one way in which traffic moves yet: from one batch to the next, all of it. */
export const ALL_AT_ONCE = 'ALL_AT_ONCE';

/** Proposed, and it waits for governance; or refused with every reason. What waited before is void. */
export function proposeRelease(
  releases: Releases,
  command: ProposeRelease,
  endpoint: Endpoint,
  version: ModelVersion | undefined,
  context: DecisionContext,
): ReleaseFact[] {
  const { endpoint: name, model } = command;
  const major = endpoint.majors.length;
  const refuse = (why: Refusal) =>
    refuseRelease(name, why, { release: context.causeId, command: ProposeRelease.fullName }, context);
  const why = whyNotServe({ releases, name, model, number: command.version, endpoint, version, major });
  if (why || !version) return why ? refuse(why) : [];
  const { digest } = version.artifact;
  const content = { endpoint: name, major, digest, strategy: ALL_AT_ONCE };
  const { pending } = releases;
  if (pending && releaseBinding({ endpoint: name, ...pending }) === releaseBinding(content))
    return refuse(
      refusal(
        'ALREADY_PROPOSED',
        `${model}:${command.version} waits for approval on ${name} already: millrace approval list says what it lacks.`,
      ),
    );
  const withdrawn = withdrawPending(releases, name, `${model}:${command.version} was proposed after it`, context);
  const data: ReleaseProposed = {
    ...stamp(context),
    aggregateVersion: context.version + withdrawn.length + 1,
    ...content,
    release: context.causeId,
    kind: 'FORWARD',
    model,
    version: command.version,
    reason: command.reason,
    proposedBy: context.actor,
  };
  return [...withdrawn, { type: 'ReleaseProposed', data }];
}
