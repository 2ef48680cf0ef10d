import {
  type DatasetRegistered,
  type DecisionContext,
  type OffsetRange,
  type Refusal,
  refusal,
  refusalOf,
  SnapshotDataset,
  stamp,
} from '@millrace/contracts';
import { type Dataset, type DatasetFact, datasetName } from './dataset';
import type { SnapshotSource } from './snapshot-source';

/** Where the accepted topic stands: offsets by partition, partitions 0, 1, 2 ... */
export interface LogEnds {
  /** First offset that is kept. */
  readonly start: readonly number[];
  /** Last stable offset: the first one that is not final yet. */
  readonly stable: readonly number[];
}

/** What the worker cut. */
export type CutDataset = Pick<
  DatasetRegistered,
  'ranges' | 'rows' | 'digest' | 'columns' | 'split' | 'holdOutFrom' | 'training' | 'holdOut'
>;

/** Why nothing can be cut, or null. */
export function whyNotSnapshot(source: SnapshotSource, command: SnapshotDataset): Refusal | null {
  if (source.status === 'ABSENT')
    return refusal(
      'UNKNOWN_SOURCE',
      command.source.includes('.')
        ? `There is no endpoint ${command.source.replace(/\.v(\d+)$/, ' with major $1')}: millrace endpoint list names those that exist.`
        : `There is no source ${command.source}: millrace source list names those that exist.`,
    );
  const { holdOutFraction: fraction, holdOutFrom, upTo } = command;
  if (!(fraction >= 0 && fraction < 1))
    return refusal('BAD_HOLD_OUT', `The hold-out set's share must be at least 0 and below 1, not ${fraction}.`);
  if (holdOutFrom !== null && source.is.eventTimeField === null)
    return refusal(
      'BAD_HOLD_OUT',
      `${command.source} has no event time, so its hold-out set cannot begin at a time: ask for a share of the keys.`,
    );
  if (upTo?.some((offset) => !Number.isSafeInteger(offset) || offset < 0))
    return refusal('BAD_RANGE', `The offsets [${upTo.join(', ')}] are no offsets.`);
  return null;
}

/** The offsets to take: all that are final, or up to what the command says. */
export function rangesOf(command: SnapshotDataset, { start, stable }: LogEnds): OffsetRange[] | Refusal {
  const to = command.upTo ?? stable;
  if (to.length !== stable.length)
    return refusal('BAD_RANGE', `The topic has ${stable.length} partitions, and ${to.length} offsets are given.`);
  const ranges = stable.map((_, partition) => ({
    partition,
    from: start[partition] ?? 0,
    to: to[partition] ?? 0,
  }));
  const beyond = ranges.find((range) => range.to > (stable[range.partition] ?? 0));
  if (beyond)
    return refusal(
      'BAD_RANGE',
      `Partition ${beyond.partition} is final up to ${stable[beyond.partition]}, not up to ${beyond.to}.`,
    );
  const trimmed = ranges.find((range) => range.to < range.from);
  if (trimmed)
    return refusal(
      'BAD_RANGE',
      `Partition ${trimmed.partition} was trimmed up to offset ${trimmed.from}, beyond ${trimmed.to}.`,
    );
  return ranges;
}

export function registerDataset(
  dataset: Dataset,
  number: number,
  command: SnapshotDataset,
  source: SnapshotSource,
  cut: CutDataset,
  context: DecisionContext,
): DatasetFact[] {
  const why = whyNotSnapshot(source, command);
  if (why || source.status === 'ABSENT') return refuseDataset(number, command, why, context);
  if (dataset.status === 'REGISTERED') return [];
  const { acceptedTopic, schemaId, schema } = source.is;
  return [
    {
      type: 'DatasetRegistered',
      data: {
        ...stamp(context),
        dataset: datasetName(command.source, number),
        source: command.source,
        number,
        topic: acceptedTopic,
        schemaId,
        schema,
        ...cut,
        requestedBy: context.actor,
      },
    },
  ];
}

export function refuseDataset(
  number: number,
  command: SnapshotDataset,
  why: Refusal | null,
  context: DecisionContext,
): DatasetFact[] {
  if (!why) return [];
  const data = {
    ...refusalOf(context, SnapshotDataset.fullName, why),
    dataset: datasetName(command.source, number),
    source: command.source,
  };
  return [{ type: 'DatasetRefused', data }];
}
