import type { Context } from '../platform/context';
import { endpointFacts } from '../reading/endpoint-facts';
import { endpointReaders, joinPartition } from '../replay/join-partition';
import { type Bound, rangesOf } from '../replay/replay-range';
import { UsageTally } from './usage-tally';

export interface UsageOptions {
  readonly endpoint: string;
  readonly major: number | null;
  readonly from: Bound | null;
  readonly to: Bound | null;
  readonly onProgress: (done: number, total: number) => void;
}

/** Who asked what, from the requests and responses on the log, joined in one pass. Reads topics, writes nothing. */
export async function readUsage(context: Context, options: UsageOptions): Promise<UsageTally> {
  const { created: endpoint } = await endpointFacts(context, options.endpoint, options.major);
  const kafka = await context.kafka();
  const ranges = await rangesOf(kafka, endpoint, options.from, options.to);
  const readers = endpointReaders(await context.schemas(), endpoint);
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const tally = new UsageTally();
  let done = 0;
  for (const range of ranges)
    await joinPartition({
      kafka,
      endpoint,
      range,
      readers,
      onJoined: ({ request, response, inRange }) => {
        if (inRange) tally.count(response, request.caller ?? null);
        return undefined;
      },
      // What does not fit the log is a matter of millrace replay.
      onDifference: () => {},
      onTrimmed: (response) => tally.countTrimmed(response),
      wantsMore: () => false,
      onProgress: (offsets) => {
        done += offsets;
        options.onProgress(done, total);
      },
    });
  return tally;
}
