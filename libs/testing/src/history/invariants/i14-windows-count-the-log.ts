import type { HistoryRecord, WindowCount } from '../history';
import type { LogIndex } from '../log-index';
import { breachOf, type Invariant } from '../violation';

const breach = breachOf('I14');

/**
 * A window counts the responses that stand below the offsets it names, each once. Where retention took the request, the
 * log does not tell any more whether a response belongs: then the count must lie between the two possibilities.
 */
export const windowsCountTheLog: Invariant = function* (history, logs) {
  for (const window of history.windows ?? []) {
    const { sure, open } = recount(window, logs);
    for (const status of new Set([...sure.keys(), ...Object.keys(window.statuses)])) {
      const [least, said] = [sure.get(status) ?? 0, window.statuses[status] ?? 0];
      const most = least + (open.get(status) ?? 0);
      if (said < least || said > most)
        yield breach(
          window,
          `says ${said} responses ${status} from ${window.start} to ${window.end}, the log has ${least === most ? least : `${least} to ${most}`}`,
        );
    }
  }
};

interface Recount {
  /** Status -> responses that certainly belong. */
  readonly sure: Map<string, number>;
  /** Status -> responses that may belong. */
  readonly open: Map<string, number>;
}

function recount(window: WindowCount, logs: LogIndex): Recount {
  const counts: Recount = { sure: new Map(), open: new Map() };
  for (const response of logs.recordsOf(window.responses)) {
    if (response.offset >= (window.readUpTo.get(response.partition) ?? 0) || response.served !== window.served)
      continue;
    const place = placeIn(window, response, logs);
    if (place === 'out') continue;
    const status = response.status ?? '';
    counts[place].set(status, (counts[place].get(status) ?? 0) + 1);
  }
  return counts;
}

function placeIn(
  { line, start, end }: WindowCount,
  { source }: HistoryRecord,
  logs: LogIndex,
): 'sure' | 'open' | 'out' {
  const request = source && logs.committedAt(source);
  if (!request) return source && logs.isTrimmed(source) ? 'open' : 'out';
  const { at } = request;
  return at?.line === line && at.ms >= start && at.ms < end ? 'sure' : 'out';
}
