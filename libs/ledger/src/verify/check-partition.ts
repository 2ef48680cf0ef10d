import { AppError } from '@millrace/contracts';
import type { StoredTree } from '../head/partition-trees';
import type { PartitionHead } from '../head/tree-head';
import { LeafEncoder } from '../leaf/leaf-encoder';
import { MerkleFrontier } from '../merkle/frontier';
import type { RecordSource } from './record-source';

/** A signed statement about one partition, and the head that makes it. */
export interface Checkpoint extends PartitionHead {
  readonly sequence: number;
}

/** The first place of a partition that is not as it was signed: it lies in the offsets [from, to). */
export interface PartitionFault {
  readonly code: 'LEDGER_RECORDS_DIFFER' | 'LEDGER_RECORDS_MISSING' | 'LEDGER_RECORDS_UNREADABLE';
  readonly sequence: number;
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

export interface PartitionCheck {
  readonly fault?: PartitionFault;
  /** Records read that a head covers, and those behind the last one, which nobody vouches for. */
  readonly covered: number;
  readonly uncovered: number;
}

/** What is wrong with the bytes themselves. Any other error is the moment's: a broker that is away has changed nothing. */
const OF_THE_RECORDS: ReadonlySet<string> = new Set([
  'KAFKA_MALFORMED_BATCH',
  'KAFKA_CORRUPT_BATCH',
  'KAFKA_UNREADABLE_BATCH',
  'KAFKA_CORRUPT_MESSAGE',
  'KAFKA_OFFSET_OUT_OF_RANGE',
  'LEDGER_RECORD_MALFORMED',
  'LEDGER_RECORDS_UNREADABLE',
]);

/**
 * Reads a partition once and compares its tree with every checkpoint, the earliest first.
 * @param checkpoints by next offset
 * @param start a tree whose root was signed: verification of a trimmed log begins there
 * @throws AppError of the source, when it cannot be asked
 * @param onRead told, now and then, how many records were read since the last time
 */
export async function checkPartition(
  source: RecordSource,
  checkpoints: readonly Checkpoint[],
  start?: StoredTree,
  onRead: (records: number) => void = () => {},
): Promise<PartitionCheck> {
  const encoder = new LeafEncoder(source.topic, source.partition);
  const tree = start === undefined ? MerkleFrontier.empty() : MerkleFrontier.fromBytes(start.frontier);
  const begin = start?.nextOffset ?? 0;
  const due = checkpoints.filter(({ nextOffset }) => nextOffset >= begin);
  let held = begin;
  let last = -1;
  let passed = 0;
  let uncovered = 0;
  const began = tree.size;
  const done = (fault?: PartitionFault): PartitionCheck => ({ fault, covered: tree.size - began, uncovered });
  const passUpTo = (offset: number): PartitionFault | undefined => {
    while (passed < due.length && due[passed].nextOffset <= offset) {
      const checkpoint = due[passed];
      const why = differs(tree, checkpoint);
      if (why !== undefined) return { code: 'LEDGER_RECORDS_DIFFER', ...between(checkpoint, held), why };
      held = checkpoint.nextOffset;
      passed++;
    }
    return undefined;
  };
  try {
    for await (const cursor of source.cursors(begin)) {
      let read = 0;
      while (cursor.next()) {
        read++;
        if (cursor.offset < begin) continue;
        const fault = passUpTo(cursor.offset);
        if (fault !== undefined) return done(fault);
        if (passed === due.length) {
          uncovered++;
          continue;
        }
        if (cursor.offset <= last) {
          const why = `offset ${cursor.offset} comes after offset ${last}`;
          return done({ code: 'LEDGER_RECORDS_DIFFER', ...between(due[passed], held), why });
        }
        last = cursor.offset;
        tree.append(encoder.hashAt(cursor));
      }
      onRead(read);
    }
  } catch (error) {
    if (!(error instanceof AppError) || !OF_THE_RECORDS.has(error.code)) throw error;
    if (passed === due.length) return done();
    return done({ code: 'LEDGER_RECORDS_UNREADABLE', ...between(due[passed], held), why: error.message });
  }
  const missing = due.slice(passed).find(({ treeSize }) => treeSize > tree.size);
  const fault = passUpTo(Number.POSITIVE_INFINITY);
  if (fault === undefined || missing === undefined || fault.sequence !== missing.sequence) return done(fault);
  return done({ ...fault, code: 'LEDGER_RECORDS_MISSING' });
}

function differs(tree: MerkleFrontier, { treeSize, root }: Checkpoint): string | undefined {
  if (tree.size !== treeSize) return `${tree.size} records lie there where ${treeSize} were signed`;
  return tree.root().equals(root) ? undefined : 'the records are others than those that were signed';
}

const between = ({ sequence, nextOffset }: Checkpoint, from: number) => ({ sequence, from, to: nextOffset });
