import { LedgerKeys, type SignedKeyRotation } from '../head/key-rotation';
import type { StoredTree } from '../head/partition-trees';
import {
  chainFault,
  type FindKey,
  headFault,
  headHash,
  type PartitionHead,
  type SignedTreeHead,
} from '../head/tree-head';
import type { Checkpoint } from './check-partition';
import type { Finding } from './finding';

/** A head of the chain, with the trees that were stored beside it: of those partitions that it changed. */
export interface ChainedHead extends SignedTreeHead {
  readonly trees?: readonly StoredTree[];
}

/** What stands on the topic of tree heads, in the order of the topic. */
export type ChainLink = ChainedHead | SignedKeyRotation;

export interface ChainToWalk {
  readonly installation: string;
  readonly findKey: FindKey;
  /** The last head seen before, kept outside of Kafka. */
  readonly anchor?: SignedTreeHead;
  /** Trees known from elsewhere: where a trimmed partition may begin. */
  readonly stored?: readonly StoredTree[];
}

/** All that the chain says of one partition. */
export interface PartitionClaims {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is still there. */
  readonly start: number;
  /** By next offset, only where it moved. */
  readonly checkpoints: Checkpoint[];
  /** Where verification begins when the log was trimmed: the first stored tree that lies behind the trim. */
  tree?: StoredTree;
}

/**
 * Follows the chain head by head and keeps of it what the records are to be compared with. What is kept grows with the changes of
 * the partitions, not with heads times partitions.
 */
export class ChainWalk {
  readonly findings: Finding[] = [];
  readonly claims = new Map<string, PartitionClaims>();
  /** Of the heads that hold, by sequence. Milliseconds since 1970. */
  readonly times: number[] = [];
  private readonly keys: LedgerKeys;
  private last: SignedTreeHead | undefined;
  private seenAtAnchor: SignedTreeHead | undefined;

  /** @param startOf first offset of a partition that is still there; asked once for each partition that a head names */
  constructor(
    private readonly chain: ChainToWalk,
    private readonly startOf: (topic: string, partition: number) => Promise<number>,
  ) {
    this.keys = new LedgerKeys(chain.installation, chain.findKey);
  }

  /** Heads that hold, and what comes next. */
  get length(): number {
    return this.times.length;
  }

  /** @returns false when the link does not hold: nothing behind it is worth a look */
  async follow(link: ChainLink): Promise<boolean> {
    const sequence = this.length;
    if ('newKeyId' in link) {
      const why = this.keys.follow(link, sequence);
      if (why === undefined) return true;
      this.findings.push({
        code: 'LEDGER_KEY_REFUSED',
        sequence,
        why: `the change to the key ${link.newKeyId} does not hold: ${why}`,
      });
      return false;
    }
    const refused = headFault(link, this.chain.installation, this.keys.current);
    const why = refused ?? chainFault(this.last, link);
    if (why !== undefined) {
      const bad = { sequence, why: `head ${link.sequence} does not hold: ${why}` };
      this.findings.push(
        refused === undefined ? { code: 'LEDGER_CHAIN_BROKEN', ...bad } : { code: 'LEDGER_HEAD_REFUSED', ...bad },
      );
      return false;
    }
    await this.keep(link);
    this.last = link;
    this.times.push(link.time);
    if (sequence === this.chain.anchor?.sequence) this.seenAtAnchor = link;
    return true;
  }

  /** Compares with the anchor, when everything was followed. @returns whether the chain itself can still be trusted */
  async end(): Promise<{ forked: boolean }> {
    const { anchor, installation } = this.chain;
    if (anchor === undefined) return { forked: false };
    const { sequence } = anchor;
    const refused = headFault(anchor, installation, this.keys.any);
    if (refused !== undefined) {
      this.findings.push({ code: 'LEDGER_HEAD_REFUSED', sequence, why: `the anchor does not hold: ${refused}` });
      return { forked: false };
    }
    if (this.seenAtAnchor === undefined) {
      const why = `the chain ends before head ${sequence}, which was seen: it is an older state, or its tail was cut`;
      this.findings.push({ code: 'LEDGER_ROLLED_BACK', sequence: this.length, why });
      await this.keep(anchor);
      return { forked: false };
    }
    if (headHash(this.seenAtAnchor).equals(headHash(anchor))) return { forked: false };
    this.findings.push({
      code: 'LEDGER_FORKED',
      sequence,
      why: `head ${sequence} is another than the one that was seen`,
    });
    // Who forks signs every head anew, so that none of the chain can be trusted any more, only the anchor.
    for (const claims of this.claims.values()) {
      claims.checkpoints.length = 0;
      claims.tree = undefined;
    }
    await this.keep(anchor);
    return { forked: true };
  }

  /** What head `sequence` says. */
  headAt(sequence: number): { sequence: number; time: number; partitions: PartitionHead[] } {
    const partitions = [...this.claims.values()].flatMap(({ checkpoints }): PartitionHead[] => {
      const found = checkpoints.findLast((checkpoint) => checkpoint.sequence <= sequence);
      if (found === undefined) return [];
      const { sequence: _, ...entry } = found;
      return [entry];
    });
    return { sequence, time: this.times[sequence], partitions };
  }

  private async keep(head: ChainedHead): Promise<void> {
    for (const entry of head.partitions) {
      const claims = await this.claimsOf(entry);
      const { checkpoints } = claims;
      if (checkpoints.length > 0 && checkpoints[checkpoints.length - 1].nextOffset === entry.nextOffset) continue;
      checkpoints.push({ ...entry, sequence: head.sequence });
    }
    for (const tree of head.trees ?? []) {
      const claims = this.claims.get(nameOf(tree));
      if (claims !== undefined) begin(claims, tree);
    }
  }

  private async claimsOf({ topic, partition }: PartitionHead): Promise<PartitionClaims> {
    const name = nameOf({ topic, partition });
    const known = this.claims.get(name);
    if (known !== undefined) return known;
    const start = await this.startOf(topic, partition);
    const claims: PartitionClaims = { topic, partition, start, checkpoints: [] };
    this.claims.set(name, claims);
    const tree = this.chain.stored?.find((stored) => nameOf(stored) === name);
    if (tree !== undefined) claims.tree = tree;
    return claims;
  }
}

export const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

function begin(claims: PartitionClaims, tree: StoredTree): void {
  if (claims.start > 0 && claims.tree === undefined && tree.nextOffset >= claims.start) claims.tree = tree;
}
