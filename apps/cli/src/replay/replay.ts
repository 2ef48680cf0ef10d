import type { ArtifactStore } from '@millrace/artifacts';
import { runtimeName } from '@millrace/onnx';
import type { Context } from '../platform/context';
import { endpointFacts } from '../reading/endpoint-facts';
import { endpointReaders, joinPartition } from './join-partition';
import { ReplayLane } from './replay-lane';
import { ReplayModels } from './replay-models';
import { type Bound, type PartitionRange, rangesOf } from './replay-range';
import { ReplayTally } from './replay-tally';
import { RouteBook } from './route-book';
import type { WhatIf } from './what-if';

export interface ReplayOptions {
  readonly endpoint: string;
  readonly major: number | null;
  readonly from: Bound | null;
  readonly to: Bound | null;
  readonly artifacts: ArtifactStore;
  /** Another version to be asked; then its responses are compared, and the recorded ones are not proven. */
  readonly whatIf?: WhatIf;
  readonly onProgress: (done: number, total: number, note: string) => void;
}

export interface ReplayReport {
  readonly endpoint: string;
  readonly major: number;
  /** Of this machine. */
  readonly runtime: string;
  readonly topics: { readonly requests: string; readonly responses: string };
  readonly ranges: readonly PartitionRange[];
  readonly tally: ReplayTally;
  readonly seconds: number;
}

/**
 * Computes past responses again from the log, partition by partition, and counts what differs. Reads topics and model
 * files, writes nothing.
 */
export async function replay(context: Context, options: ReplayOptions): Promise<ReplayReport> {
  const { created, retired, releases, halts } = await endpointFacts(context, options.endpoint, options.major);
  const book = new RouteBook();
  for (const release of releases) book.activated(release);
  if (retired) book.retired(retired);
  for (const halt of halts) book.halted(halt);
  const kafka = await context.kafka();
  const ranges = await rangesOf(kafka, created, options.from, options.to);
  const readers = endpointReaders(await context.schemas(), created);
  const models = new ReplayModels(options.artifacts);
  const runtime = runtimeName();
  const tally = new ReplayTally();
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const began = performance.now();
  options.whatIf?.begin(created, models.predict);
  let done = 0;
  for (const range of ranges) {
    const { firstRequest, firstResponse, readFrom } = range;
    const responsesTrimmed = firstResponse > 0 && readFrom === firstResponse;
    const lane = new ReplayLane({ book, predict: models.predict, tally, runtime, firstRequest, responsesTrimmed });
    const work = async (batches: ReturnType<ReplayLane['take']>) => {
      for (const batch of batches) await (options.whatIf ? options.whatIf.ask(batch) : lane.compute(batch));
    };
    await joinPartition({
      kafka,
      endpoint: created,
      range,
      readers,
      onJoined: (joined) => {
        const batches = lane.take(joined);
        return batches.length > 0 ? work(batches) : undefined;
      },
      onDifference: (difference) => tally.differs(difference),
      onTrimmed: () => {
        tally.trimmed++;
      },
      wantsMore: () => lane.waits,
      onProgress: (offsets) => {
        done += offsets;
        options.onProgress(done, total, noteOf(tally, performance.now() - began));
      },
    });
    await work(lane.finish());
  }
  const seconds = (performance.now() - began) / 1_000;
  const topics = { requests: created.requestsTopic, responses: created.responsesTopic };
  return { endpoint: created.endpoint, major: created.major, runtime, topics, ranges, tally, seconds };
}

const noteOf = ({ responses, differences }: ReplayTally, ms: number): string =>
  `| ${Math.round((responses / Math.max(ms, 1)) * 1_000).toLocaleString('en')} responses/s, ${differences} differ`;
