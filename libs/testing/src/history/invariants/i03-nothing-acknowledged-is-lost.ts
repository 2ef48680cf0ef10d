import { breachOf, type Invariant } from '../violation';

const breach = breachOf('I03');

/** What the broker acknowledged stands where it said, with the bytes that were sent, unless retention has removed it since. */
export const nothingAcknowledgedIsLost: Invariant = function* (history, logs) {
  for (const { outcome, position, recordId, digest, process } of history.operations) {
    if (outcome !== 'ok') continue;
    const where = { ...position, id: recordId };
    if (!position) {
      yield breach(where, `${process} has an acknowledgement that names no position`);
      continue;
    }
    if (logs.isTrimmed(position)) continue;
    const found = logs.committedAt(position);
    if (!found) yield breach(where, `was acknowledged to ${process} and is not on the log`);
    else if (found.id !== recordId) yield breach(where, `was acknowledged to ${process}, but ${found.id} stands there`);
    else if (found.digest !== digest)
      yield breach(where, `was acknowledged to ${process}, but its bytes are others now`);
  }
};
