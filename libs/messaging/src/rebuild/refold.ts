import type { Logger } from '@millrace/contracts';
import type { Positions, UnitOfWork } from '@millrace/persistence';
import { type Fold, foldBatch } from '../modes/fold-host';
import { FoldPositions } from '../modes/fold-positions';
import type { KafkaClient } from '../modes/kafka-ports';
import { type OffsetRange, readRanges } from './read-ranges';

export interface RefoldOptions {
  readonly client: KafkaClient;
  readonly unitOfWork: UnitOfWork;
  readonly positions: Positions;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** After each batch, with the number of offsets that it has moved on. */
  readonly told: (offsets: number) => void;
}

/** Folds what stands between offsets once more, as the fold's host did, without joining its group. */
export async function refold<Prepared, Folded>(
  fold: Fold<Prepared, Folded>,
  ranges: readonly OffsetRange[],
  { client, unitOfWork, positions, signal, logger, told }: RefoldOptions,
): Promise<void> {
  const trimmed = ranges.filter(({ from }) => from > 0);
  const resumed = trimmed.length > 0 ? ((await fold.resume?.(trimmed, signal)) ?? trimmed) : trimmed;
  const left = [...ranges.filter(({ from }) => from === 0), ...resumed];
  const where = new FoldPositions({ client, group: fold.group, positions, logger });
  for await (const batch of readRanges(client, left, signal)) {
    await foldBatch(fold, batch, where, unitOfWork, signal);
    told(batch.nextOffset - batch.fetchOffset);
  }
}
