import type { History, LaneTopics } from '../history';
import type { LogIndex } from '../log-index';
import { breachOf, type Invariant, type Violation } from '../violation';

const breach = breachOf('I11');

/** A response names a model that the release revision it names lets answer, and the bytes under that digest are those. */
export const onlyWhatWasReleased: Invariant = function* (history: History, logs: LogIndex) {
  for (const lane of history.lanes) if (lane.releases) yield* answeredBy(lane, lane.releases, logs);
  for (const [digest, actual] of history.artifacts ?? []) {
    if (actual === null) yield breach({ id: digest }, 'is named by a fact and is not in the store');
    else if (actual !== digest) yield breach({ id: digest }, `the bytes in the store hash to ${actual}`);
  }
};

function* answeredBy(
  { responses }: LaneTopics,
  releases: NonNullable<LaneTopics['releases']>,
  logs: LogIndex,
): Generator<Violation> {
  for (const response of logs.recordsOf(responses)) {
    const { model, revision } = response;
    if (model === undefined || revision === undefined) continue;
    const allowed = releases.get(revision);
    if (!allowed) yield breach(response, `names release revision ${revision}, which never was`);
    else if (!allowed.includes(model))
      yield breach(response, `was answered by ${model}, which release revision ${revision} does not serve`);
  }
}
