import { AppError, type DecisionContext, stamp, type TreeHeadSigned } from '@millrace/contracts';
import {
  chainFault,
  encodeHead,
  type HeadSigner,
  headHash,
  NO_PREVIOUS,
  PartitionTrees,
  type StoredTree,
  signHead as sign,
} from '@millrace/ledger';
import { type Ledger, lastHead } from './ledger';

/**
 * The next head over the trees as they stand now.
 *
 * @returns null when no record was appended since the last head: markers and aborted records alone need none
 * @throws AppError LEDGER_CHAIN_WOULD_BREAK when the trees do not go on from the last head
 */
export function signHead(
  ledger: Ledger,
  stored: readonly StoredTree[],
  installation: string,
  signer: HeadSigner,
  context: DecisionContext,
): TreeHeadSigned | null {
  const last = lastHead(ledger);
  const partitions = new PartitionTrees(stored).heads();
  const sizes = new Map(last?.partitions.map(({ topic, partition, treeSize }) => [`${topic}/${partition}`, treeSize]));
  const sizeBefore = (topic: string, partition: number) => sizes.get(`${topic}/${partition}`) ?? 0;
  const grown = partitions.filter(({ topic, partition, treeSize }) => treeSize !== sizeBefore(topic, partition));
  if (grown.length === 0) return null;
  const head = sign(
    {
      installation,
      sequence: last === undefined ? 0 : last.sequence + 1,
      previous: last === undefined ? NO_PREVIOUS : headHash(last),
      time: Math.max(context.now, last?.time ?? 0),
      partitions,
    },
    signer,
  );
  const fault = chainFault(last, head);
  if (fault !== undefined)
    throw new AppError({
      code: 'LEDGER_CHAIN_WOULD_BREAK',
      message: `Head ${head.sequence} is not signed: ${fault}. The tables of governance are not those that the last head was made of: rebuild them from the log.`,
      retriable: false,
    });
  const isGrown = new Set(grown.map(({ topic, partition }) => `${topic}/${partition}`));
  return {
    ...stamp(context),
    sequence: head.sequence,
    head: encodeHead(head),
    newRecords: grown.reduce((sum, one) => sum + one.treeSize - sizeBefore(one.topic, one.partition), 0),
    trees: stored.filter(({ topic, partition }) => isGrown.has(`${topic}/${partition}`)).map((tree) => ({ ...tree })),
  };
}
