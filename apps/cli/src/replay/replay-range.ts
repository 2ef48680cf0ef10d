import type { EndpointCreated } from '@millrace/contracts';
import type { KafkaClient } from '@millrace/messaging';
import { CliError, EXIT } from '../terminal/cli-error';

/** What is read of one partition of the response topic; offsets are its own. */
export interface PartitionRange {
  readonly partition: number;
  /** First offset that is compared, and first that is not. */
  readonly from: number;
  readonly to: number;
  /** What is read around it, so that batches at its edges are whole. */
  readonly readFrom: number;
  readonly readTo: number;
  /** First offsets that retention kept. */
  readonly firstResponse: number;
  readonly firstRequest: number;
  /** First offset behind the last response, of the whole partition. */
  readonly end: number;
  readonly requestsEnd: number;
}

/** A moment in milliseconds since 1970, or an offset of every partition. */
export type Bound = { readonly offset: number } | { readonly time: number };

/** Offsets that a micro-batch of 256 can span, with aborted records and markers among them. */
const AROUND = 4_096;

const MOMENT = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** `1200` is an offset, everything else a date. */
export function boundOf(text: string | undefined, option: string): Bound | null {
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return { offset: Number(text) };
  // Date.parse alone makes a moment of nearly everything: "-5" and "day 12" lie in 2001.
  const time = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return { time };
  throw new CliError(
    `${option} takes an offset of the response topic or a moment such as 2026-11-01T12:00:00Z; "${text}" is neither.`,
    EXIT.usage,
  );
}

/** An empty range would be without a difference, whatever the log holds. */
function checkOrder(from: Bound | null, to: Bound | null): void {
  if (from === null || to === null) return;
  const backwards =
    'offset' in from ? 'offset' in to && to.offset <= from.offset : 'time' in to && to.time <= from.time;
  if (backwards)
    throw new CliError('--to must lie behind --from: what is read begins at --from and ends before --to.', EXIT.usage);
}

/** @throws CliError when it ends before it begins */
export async function rangesOf(
  { admin }: KafkaClient,
  { responsesTopic, requestsTopic }: EndpointCreated,
  from: Bound | null,
  to: Bound | null,
): Promise<PartitionRange[]> {
  checkOrder(from, to);
  const ends = await admin.endOffsets(responsesTopic, 'committed');
  const starts = await admin.startOffsets(responsesTopic);
  const requestStarts = await admin.startOffsets(requestsTopic);
  const requestEnds = await admin.endOffsets(requestsTopic, 'committed');
  const begin = await offsetsOf(admin, responsesTopic, from, starts);
  const finish = await offsetsOf(admin, responsesTopic, to, ends);
  const inOrder = [...ends].sort(([a], [b]) => a - b);
  return inOrder.map(([partition, end]) => {
    const firstResponse = starts.get(partition) ?? 0;
    const first = Math.min(end, Math.max(firstResponse, begin(partition)));
    const last = Math.max(first, Math.min(end, finish(partition)));
    return {
      partition,
      from: first,
      to: last,
      readFrom: Math.max(firstResponse, first - AROUND),
      readTo: Math.min(end, last + AROUND),
      firstResponse,
      end,
      firstRequest: requestStarts.get(partition) ?? 0,
      requestsEnd: requestEnds.get(partition) ?? 0,
    };
  });
}

async function offsetsOf(
  admin: KafkaClient['admin'],
  topic: string,
  bound: Bound | null,
  fallback: ReadonlyMap<number, number>,
): Promise<(partition: number) => number> {
  if (bound === null) return (partition) => fallback.get(partition) ?? 0;
  if ('offset' in bound) return () => bound.offset;
  const atTime = await admin.offsetsForTime(topic, bound.time);
  return (partition) => atTime.get(partition) ?? fallback.get(partition) ?? 0;
}
