import type { StoredTree } from '../head/partition-trees';
import {
  chainFault,
  type FindKey,
  headFault,
  headHash,
  inHeadOrder,
  type PartitionHead,
  type SignedTreeHead,
} from '../head/tree-head';
import { MerkleFrontier } from '../merkle/frontier';
import { type Checkpoint, checkPartition, type PartitionFault } from './check-partition';
import type { RecordSource } from './record-source';

export interface LedgerToVerify {
  readonly installation: string;
  readonly findKey: FindKey;
  /** The chain, head 0 first. */
  readonly heads: readonly SignedTreeHead[];
  readonly sources: readonly RecordSource[];
  /** The last head seen before, kept outside of Kafka. Without it a whole ledger that is older, or signed anew, looks right. */
  readonly anchor?: SignedTreeHead;
  /** Trees that were stored with a head: where a trimmed partition begins. */
  readonly stored?: readonly StoredTree[];
}

export interface Finding {
  readonly code:
    | PartitionFault['code']
    | 'LEDGER_HEAD_REFUSED'
    | 'LEDGER_CHAIN_BROKEN'
    | 'LEDGER_FORKED'
    | 'LEDGER_ROLLED_BACK'
    | 'LEDGER_NO_SOURCE'
    | 'LEDGER_TREE_NOT_SIGNED';
  /** The head that does not hold, or that the records do not fit. */
  readonly sequence: number;
  /** The records in question: the first bad one lies in the offsets [from, to). Absent where a head itself is bad. */
  readonly position?: {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly to: number;
  };
  readonly why: string;
}

export interface Verdict {
  /** Bad places, the first one first: by head, then by topic and partition. Empty: clean. */
  readonly findings: readonly Finding[];
  /** Where the guarantee ends: what the last good head covers. What lies behind is not vouched for. */
  readonly guarantee: {
    readonly sequence: number;
    readonly time: number;
    readonly partitions: readonly PartitionHead[];
  } | null;
  readonly coveredRecords: number;
  readonly uncoveredRecords: number;
}

/** Checks the chain of heads, then every covered partition against it and the anchor. What is wrong is a finding, never an error. */
export async function verifyLedger(ledger: LedgerToVerify): Promise<Verdict> {
  const { good, findings } = goodHeads(ledger);
  findings.push(...anchorFindings(ledger, good));
  const { anchor } = ledger;
  const anchored = anchor !== undefined && headFault(anchor, ledger.installation, ledger.findKey) === undefined;
  // Who forks signs every head anew, so that none of the chain can be trusted any more, only the anchor.
  const forked = findings.some(({ code }) => code === 'LEDGER_FORKED');
  const statements = anchored ? (forked ? [anchor] : [...good, anchor]) : good;
  let coveredRecords = 0;
  let uncoveredRecords = 0;
  for (const [name, checkpoints] of checkpointsOf(statements)) {
    const { topic, partition, sequence } = checkpoints[0];
    const same = (other: { topic: string; partition: number }) => `${other.topic}/${other.partition}` === name;
    const source = ledger.sources.find(same);
    if (source === undefined) {
      findings.push({ code: 'LEDGER_NO_SOURCE', sequence, why: `${name} is covered, and there are no records of it` });
      continue;
    }
    const start = ledger.stored?.find(same);
    if (start !== undefined && !isSigned(start, checkpoints)) {
      findings.push({ code: 'LEDGER_TREE_NOT_SIGNED', sequence, why: `no head signs the stored tree of ${name}` });
      continue;
    }
    const { fault, covered, uncovered } = await checkPartition(source, checkpoints, start);
    coveredRecords += covered;
    uncoveredRecords += uncovered;
    if (fault === undefined) continue;
    const { code, from, to, why } = fault;
    findings.push({ code, sequence: fault.sequence, position: { topic, partition, from, to }, why });
  }
  findings.sort((a, b) => a.sequence - b.sequence);
  return { findings, guarantee: forked ? null : guaranteeOf(good, findings), coveredRecords, uncoveredRecords };
}

/** The beginning of the chain that holds; the head behind it is the finding. */
function goodHeads({ heads, installation, findKey }: LedgerToVerify) {
  const good: SignedTreeHead[] = [];
  const findings: Finding[] = [];
  for (const head of heads) {
    const refused = headFault(head, installation, findKey);
    const why = refused ?? chainFault(good.at(-1), head);
    if (why === undefined) {
      good.push(head);
      continue;
    }
    const bad = { sequence: good.length, why: `head ${head.sequence} does not hold: ${why}` };
    findings.push(
      refused === undefined ? { code: 'LEDGER_CHAIN_BROKEN', ...bad } : { code: 'LEDGER_HEAD_REFUSED', ...bad },
    );
    break;
  }
  return { good, findings };
}

function anchorFindings({ anchor, installation, findKey }: LedgerToVerify, good: readonly SignedTreeHead[]): Finding[] {
  if (anchor === undefined) return [];
  const { sequence } = anchor;
  const refused = headFault(anchor, installation, findKey);
  if (refused !== undefined)
    return [{ code: 'LEDGER_HEAD_REFUSED', sequence, why: `the anchor does not hold: ${refused}` }];
  const found = good[sequence];
  if (found === undefined) {
    const why = `the chain ends before head ${sequence}, which was seen: it is an older state, or its tail was cut`;
    return [{ code: 'LEDGER_ROLLED_BACK', sequence: good.length, why }];
  }
  if (headHash(found).equals(headHash(anchor))) return [];
  return [{ code: 'LEDGER_FORKED', sequence, why: `head ${sequence} is another than the one that was seen` }];
}

function checkpointsOf(heads: readonly SignedTreeHead[]): Map<string, Checkpoint[]> {
  const all = heads.flatMap(({ sequence, partitions }) => partitions.map((entry) => ({ ...entry, sequence })));
  all.sort((a, b) => inHeadOrder(a, b) || a.nextOffset - b.nextOffset || a.sequence - b.sequence);
  return all.reduce((grouped, entry) => {
    const name = `${entry.topic}/${entry.partition}`;
    const group = grouped.get(name);
    if (group === undefined) grouped.set(name, [entry]);
    else group.push(entry);
    return grouped;
  }, new Map<string, Checkpoint[]>());
}

function isSigned(stored: StoredTree, checkpoints: readonly Checkpoint[]): boolean {
  const tree = MerkleFrontier.fromBytes(stored.frontier);
  const root = tree.root();
  return checkpoints.some(
    (at) => at.nextOffset === stored.nextOffset && at.treeSize === tree.size && at.root.equals(root),
  );
}

function guaranteeOf(good: readonly SignedTreeHead[], findings: readonly Finding[]): Verdict['guarantee'] {
  const firstBad = findings.at(0)?.sequence ?? Number.POSITIVE_INFINITY;
  const head = good.findLast(({ sequence }) => sequence < firstBad);
  return head === undefined ? null : { sequence: head.sequence, time: head.time, partitions: head.partitions };
}
