import { type DecisionContext, type Refusal, RollBackRelease, refusal, stamp } from '@millrace/contracts';
import { activate } from './activate';
import type { Endpoint } from './endpoint';
import { ALL_AT_ONCE } from './propose-release';
import { refuseRelease, unservable } from './refuse-release';
import { type Activation, isHalt, type ReleaseFact, type Releases } from './release';

/**
 * Serves again what an earlier revision served, under a new, higher revision: revisions never go down. It was granted
 * then, so nobody is asked again; only a model that has since been found unacceptable stays away.
 * @param unacceptable names of the models whose risk class is UNACCEPTABLE
 */
export function rollBack(
  releases: Releases,
  command: RollBackRelease,
  endpoint: Endpoint,
  unacceptable: ReadonlySet<string>,
  context: DecisionContext,
): ReleaseFact[] {
  const { endpoint: name, reason } = command;
  const { causeId: release, actor: proposedBy } = context;
  const wanted = command.toRevision ?? releases.revision - 1;
  const target = releases.history[wanted - 1];
  const why = whyNotRollBack(releases, wanted, target, name, endpoint, unacceptable);
  if (why || !target)
    return why ? refuseRelease(name, why, { release, command: RollBackRelease.fullName }, context) : [];
  // What was checked then is checked again: an expectation that came since may be why it is rolled back.
  const { major, arms, inputChecks = null } = target;
  const { model, version, artifact } = arms[0]!;
  const proposed: ReleaseFact = {
    type: 'ReleaseProposed',
    data: {
      ...stamp(context),
      endpoint: name,
      release,
      kind: 'ROLL_BACK',
      model,
      version,
      digest: artifact.digest,
      reason,
      proposedBy,
      major,
      strategy: ALL_AT_ONCE,
    },
  };
  const grant = { by: 'EARLIER_GRANT', binding: null, policy: null };
  return [
    proposed,
    ...activate(releases, { endpoint: name, release, major, arms, inputChecks }, grant, {
      ...context,
      version: context.version + 1,
    }),
  ];
}

function whyNotRollBack(
  releases: Releases,
  wanted: number,
  target: Activation | undefined,
  name: string,
  endpoint: Endpoint,
  unacceptable: ReadonlySet<string>,
): Refusal | null {
  if (endpoint.status !== 'LIVE') return unservable(name, endpoint.status);
  if (wanted === releases.revision && releases.revision > 0)
    return refusal('ALREADY_LIVE', `Revision ${wanted} is the live one.`);
  if (!target)
    return refusal(
      'UNKNOWN_REVISION',
      releases.revision < 2
        ? `${name} has no earlier release to go back to.`
        : `${name} has revisions 1 to ${releases.revision}; ${wanted} is none of them.`,
    );
  if (isHalt(target)) return refusal('UNKNOWN_REVISION', `Revision ${wanted} of ${name} is a halt: it served nothing.`);
  const prohibited = target.arms.find(({ model }) => unacceptable.has(model));
  if (prohibited)
    return refusal(
      'MODEL_UNACCEPTABLE',
      `Revision ${wanted} of ${name} served ${prohibited.model}, whose risk class is UNACCEPTABLE now: go back to a revision of another model (millrace release list ${name}), or halt the endpoint.`,
    );
  return null;
}
