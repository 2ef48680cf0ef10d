import type { Activation, Grant } from '../history';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I12');

/**
 * What goes live was granted, by as many different people as its rule demands and by none whom it excludes; a roll back brings
 * back what was live before. One release is live at a time: revisions of an endpoint grow by one.
 */
export const nothingLiveWithoutLeave: Invariant = function* ({ activations = [] }) {
  const endpoints = new Map<string, { revision: number; served: Set<string> }>();
  for (const activation of activations) {
    const { endpoint, revision, digest, grant } = activation;
    const before = endpoints.get(endpoint) ?? { revision: 0, served: new Set<string>() };
    if (revision !== before.revision + 1)
      yield breach(activation, `revision ${revision} of ${endpoint} follows ${before.revision}`);
    if (grant) yield* fourEyes(activation, grant);
    else if (digest !== null && !before.served.has(digest))
      yield breach(activation, `${endpoint} serves ${digest}, which nobody granted and which was not live before`);
    endpoints.set(endpoint, { revision, served: digest === null ? before.served : before.served.add(digest) });
  }
};

function* fourEyes(activation: Activation, grant: Grant): Generator<Violation> {
  const { endpoint, digest } = activation;
  if (grant.digest !== digest) yield breach(activation, `${endpoint} serves ${digest}, granted was ${grant.digest}`);
  const people = new Set(grant.approvers);
  if (people.size < grant.approvals)
    yield breach(activation, `${people.size} people approved, the rule demands ${grant.approvals}`);
  for (const person of people)
    if (grant.excluded.includes(person)) yield breach(activation, `${person} approved what the rule keeps from them`);
}
