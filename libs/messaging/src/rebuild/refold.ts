import type { Logger } from '@millrace/contracts';
import type { Positions, UnitOfWork } from '@millrace/persistence';
import { type Fold, foldBatch } from '../modes/fold-host';
import { FoldPositions } from '../modes/fold-positions';
import type { KafkaClient } from '../modes/kafka-ports';
import { beheaded, type OffsetRange, readRanges } from './read-ranges';

export interface RefoldOptions {
  readonly client: KafkaClient;
  readonly unitOfWork: UnitOfWork;
  readonly positions: Positions;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** After each batch, with the number of offsets that it has moved on. */
  readonly told: (offsets: number) => void;
}

/**
 * Folds what stands between offsets once more, as the fold's host did, without joining its group.
 *
 * @returns ranges whose beginning is gone and is not known from elsewhere either
 */
export async function refold<Prepared, Folded>(
  fold: Fold<Prepared, Folded>,
  ranges: readonly OffsetRange[],
  { client, unitOfWork, positions, signal, logger, told }: RefoldOptions,
): Promise<OffsetRange[]> {
  const trimmed = beheaded(ranges);
  const known = trimmed.length > 0 ? ((await fold.resume?.(trimmed, signal)) ?? []) : [];
  const knownTo = ({ topic, partition }: OffsetRange) =>
    known.find((one) => one.topic === topic && one.partition === partition)?.from ?? 0;
  const left = ranges.map((range) => ({ ...range, from: Math.max(range.from, knownTo(range)) }));
  const where = new FoldPositions({ client, group: fold.group, positions, logger });
  for await (const batch of readRanges(client, left, signal)) {
    await foldBatch(fold, batch, where, unitOfWork, signal);
    told(batch.nextOffset - batch.fetchOffset);
  }
  return trimmed.filter((range) => knownTo(range) < range.from);
}
