import { breachOf, type Invariant } from '../violation';

const breach = breachOf('RELEASE_REVISION_MONOTONIC');

/** A lane that took over must have read at least the releases that its predecessor had. */
export const releaseRevisionMonotonic: Invariant = function* (history, logs) {
  for (const lane of history.lanes) {
    for (const { committed } of logs.partitionsOf(lane.responses)) {
      let highest = Number.NEGATIVE_INFINITY;
      for (const response of committed) {
        const { revision } = response;
        if (revision === undefined) yield breach(response, 'carries no release revision');
        else if (revision < highest) yield breach(response, `release revision ${revision} follows ${highest}`);
        highest = Math.max(highest, revision ?? highest);
      }
    }
  }
};
