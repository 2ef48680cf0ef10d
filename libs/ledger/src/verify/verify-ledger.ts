import { inHeadOrder, type PartitionHead } from '../head/tree-head';
import { MerkleFrontier } from '../merkle/frontier';
import { type ChainLink, type ChainToWalk, ChainWalk, nameOf, type PartitionClaims } from './chain-walk';
import { checkPartition } from './check-partition';
import type { Finding } from './finding';
import type { RecordSource } from './record-source';

export interface LedgerToVerify extends ChainToWalk {
  /** The chain, head 0 first, with the rotations of its key between the heads. */
  readonly heads: Iterable<ChainLink> | AsyncIterable<ChainLink>;
  readonly sources: readonly RecordSource[] | FindSource;
  /** How long the policy keeps the records of a topic, milliseconds; Infinity: for ever. Any trim is allowed when it is not given. */
  readonly keptMs?: (topic: string) => number;
  /** Milliseconds since 1970; needed with `keptMs`. */
  readonly now?: number;
  /** Told, now and then, how many heads hold so far. */
  readonly onHead?: (heads: number) => void;
  /** Told, now and then, how many records were read since the last time. */
  readonly onRead?: (records: number) => void;
}

/** The records of a partition; undefined when there are none of it. */
export type FindSource = (topic: string, partition: number) => RecordSource | undefined;

/** A partition whose beginning is gone, as its policy allows. */
export interface Trimmed {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is still there. */
  readonly upTo: number;
  /** Where verification began: at the next stored tree. What lies between is there and cannot be verified any more. Null: nothing that a head covers is left. */
  readonly verifiedFrom: number | null;
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
  readonly trimmed: readonly Trimmed[];
  readonly coveredRecords: number;
  readonly uncoveredRecords: number;
}

/** A segment may be deleted a little before the clock of the verifier says so. Milliseconds. */
const TRIM_GRACE_MS = 86_400_000;

/** Checks the chain of heads, then every covered partition against it and the anchor. What is wrong is a finding, never an error. */
export async function verifyLedger(ledger: LedgerToVerify): Promise<Verdict> {
  const sources = sourcesOf(ledger);
  const walk = new ChainWalk(ledger, async (topic, partition) => (await sources(topic, partition)?.start()) ?? 0);
  for await (const link of ledger.heads) {
    if (!(await walk.follow(link))) break;
    ledger.onHead?.(walk.length);
  }
  const { forked } = await walk.end();
  const findings = [...walk.findings];
  const trimmed: Trimmed[] = [];
  let coveredRecords = 0;
  let uncoveredRecords = 0;
  for (const claims of inOrder(walk)) {
    const { topic, partition, start, checkpoints } = claims;
    if (checkpoints.length === 0) continue;
    const { sequence } = checkpoints[0];
    const source = sources(topic, partition);
    if (source === undefined) {
      const why = `${nameOf(claims)} is covered, and there are no records of it`;
      findings.push({ code: 'LEDGER_NO_SOURCE', sequence, why });
      continue;
    }
    if (claims.tree !== undefined && !isSigned(claims)) {
      const why = `no head signs the stored tree of ${nameOf(claims)}`;
      findings.push({ code: 'LEDGER_TREE_NOT_SIGNED', sequence, why });
      continue;
    }
    if (start > 0) {
      const early = trimFault(claims, walk.times, ledger);
      if (early !== undefined) findings.push(early);
      // Beyond the last head there is nothing left to compare with.
      const verifiedFrom = claims.tree?.nextOffset ?? null;
      if (claims.tree !== undefined || isBeyond(claims)) trimmed.push({ topic, partition, upTo: start, verifiedFrom });
      if (claims.tree === undefined && isBeyond(claims)) continue;
    }
    const check = await checkPartition(source, checkpoints, claims.tree, ledger.onRead);
    coveredRecords += check.covered;
    uncoveredRecords += check.uncovered;
    if (check.fault === undefined) continue;
    const { code, from, to, why } = check.fault;
    findings.push({ code, sequence: check.fault.sequence, position: { topic, partition, from, to }, why });
  }
  findings.sort((a, b) => a.sequence - b.sequence);
  const guarantee = forked ? null : guaranteeOf(walk, findings);
  return { findings, guarantee, trimmed, coveredRecords, uncoveredRecords };
}

function sourcesOf({ sources }: LedgerToVerify): FindSource {
  if (typeof sources === 'function') return sources;
  const byName = new Map(sources.map((source) => [nameOf(source), source]));
  return (topic, partition) => byName.get(nameOf({ topic, partition }));
}

/** Topics by their bytes, then partitions by number, and what is said of each by offset: an anchor adds to its end. */
function inOrder({ claims }: ChainWalk): PartitionClaims[] {
  const all = [...claims.values()].sort(inHeadOrder);
  for (const { checkpoints } of all) checkpoints.sort((a, b) => a.nextOffset - b.nextOffset || a.sequence - b.sequence);
  return all;
}

function isSigned({ tree, checkpoints }: PartitionClaims): boolean {
  const frontier = MerkleFrontier.fromBytes(tree!.frontier);
  const root = frontier.root();
  return checkpoints.some(
    (at) => at.nextOffset === tree!.nextOffset && at.treeSize === frontier.size && at.root.equals(root),
  );
}

const isBeyond = ({ start, checkpoints }: PartitionClaims): boolean =>
  checkpoints[checkpoints.length - 1].nextOffset <= start;

/** What the policy keeps must be there: who trims it early wants something gone. */
function trimFault(
  { topic, partition, start, checkpoints }: PartitionClaims,
  times: readonly number[],
  { keptMs, now }: LedgerToVerify,
): Finding | undefined {
  if (keptMs === undefined || now === undefined) return undefined;
  const kept = keptMs(topic);
  const { sequence } = checkpoints.findLast(({ nextOffset }) => nextOffset <= start) ?? checkpoints[0];
  if ((times[sequence] ?? now) + kept <= now + TRIM_GRACE_MS) return undefined;
  const policy = Number.isFinite(kept) ? `${Math.round(kept / 86_400_000)} days` : 'for ever';
  const why = `the records up to offset ${start} are gone, and the policy keeps them ${policy}; retention goes by the timestamps that producers set`;
  return { code: 'LEDGER_TRIMMED_EARLY', sequence, position: { topic, partition, from: 0, to: start }, why };
}

function guaranteeOf(walk: ChainWalk, findings: readonly Finding[]): Verdict['guarantee'] {
  const firstBad = findings.at(0)?.sequence ?? Number.POSITIVE_INFINITY;
  const sequence = Math.min(walk.length, firstBad) - 1;
  return sequence < 0 ? null : walk.headAt(sequence);
}
