/** Tumbling windows of event time, and when one is over. All times in milliseconds since 1970. */
export interface WindowRules {
  readonly widthMs: number;
  /** How much longer a window stays open after its end. */
  readonly latenessMs: number;
  /** How long after its end late rows are still taken into a window. */
  readonly horizonMs: number;
  /** How far ahead of the sending a row's event time may be. */
  readonly aheadMs: number;
  /** How many windows of one time line are kept for late rows. */
  readonly kept: number;
  /** A partition that is read to its end and silent for so long does not keep windows open. */
  readonly idleMs: number;
}

/** EVENT: rows with an event time; SENT: rows without, by the time of sending. Two lines, for either may be years away. */
export type TimeLine = 'EVENT' | 'SENT';

export const startOf = (time: number, widthMs: number): number => Math.floor(time / widthMs) * widthMs;

/** Where a row belongs; null when its event time cannot be true. */
export function placeOf(
  eventTime: number | null,
  sentAt: number,
  { widthMs, aheadMs }: WindowRules,
): { readonly time: TimeLine; readonly at: number; readonly start: number } | null {
  if (eventTime === null) return { time: 'SENT', at: sentAt, start: startOf(sentAt, widthMs) };
  if (eventTime > sentAt + aheadMs) return null;
  return { time: 'EVENT', at: eventTime, start: startOf(eventTime, widthMs) };
}

/** How far one partition has come on one time line. */
export interface PartitionClock {
  /** Latest time of its rows; null while there were none. */
  readonly watermark: number | null;
  /** When a batch of it was folded last; null while none was. */
  readonly touchedAt: number | null;
  /** Whether that batch left something unread. */
  readonly behind: boolean;
}

/**
 * Whether nothing is to be expected of a partition.
 * @param since when this process began: what came while nobody read has not been seen before that
 */
export const isSilent = ({ touchedAt, behind }: PartitionClock, now: number, since: number, idleMs: number): boolean =>
  !behind && now - Math.max(touchedAt ?? since, since) > idleMs;

/**
 * The time up to which all rows should have come: the least of the partitions that still have something to say, or, when all are
 * silent, the latest of all. -Infinity while one of them has not spoken.
 */
export function closingTime(partitions: readonly PartitionClock[], now: number, since: number, idleMs: number): number {
  const speaking = partitions.filter((partition) => !isSilent(partition, now, since, idleMs));
  const at = (clocks: readonly PartitionClock[]) =>
    clocks.map(({ watermark }) => watermark ?? Number.NEGATIVE_INFINITY);
  return speaking.length > 0 ? Math.min(...at(speaking)) : Math.max(...at(partitions));
}

/**
 * Start of the oldest window that still takes rows: those within the horizon of the slowest partition, and never more than
 * `kept`. Both bounds only rise with what was read, so the windows kept at some offsets are the same however the partitions
 * were read up to there, and hold every row.
 *
 * @param starts of the windows that there are, in any order
 */
export function oldestKept(
  watermarks: readonly (number | null)[],
  starts: readonly number[],
  { widthMs, horizonMs, kept }: WindowRules,
): number {
  const slowest = Math.min(...watermarks.map((watermark) => watermark ?? Number.NEGATIVE_INFINITY));
  const within = startOf(slowest - horizonMs, widthMs);
  const newest = [...new Set(starts)].sort((a, b) => b - a);
  return Math.max(within, newest[kept - 1] ?? Number.NEGATIVE_INFINITY);
}
