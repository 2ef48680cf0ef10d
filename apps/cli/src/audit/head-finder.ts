import { Topics } from '@millrace/contracts';
import {
  type ChainedHead,
  ChainOnLog,
  MerkleFrontier,
  type PartitionHead,
  type SignedKeyRotation,
  type StoredTree,
} from '@millrace/ledger';
import type { Context } from '../platform/context';
import type { Place } from '../trace/story';

/** A head, and its offset on the topic of tree heads. */
export type PlacedHead = ChainedHead & { readonly place: number };

/** One head is some kilobytes: more than a few at a time would be read for nothing. */
const PROBE_BYTES = 16_384;

/**
 * Finds heads by what they say. Offsets and tree sizes only grow from head to head, so a binary search over the topic finds the
 * first of its kind in a few reads. What it finds is not verified: whoever builds on it must check the signature.
 */
export class HeadFinder {
  private readonly probes = new Map<number, PlacedHead | null>();

  private constructor(
    private readonly chain: ChainOnLog,
    private readonly start: number,
    private readonly end: number,
  ) {}

  /** Over the heads that there are now; null when the topic is not there or empty. */
  static async open(context: Context, installation = ''): Promise<HeadFinder | null> {
    const kafka = await context.kafka();
    const { name } = Topics.treeHeads;
    if ((await kafka.admin.partitionsOf(name)).length === 0) return null;
    const [starts, ends] = [await kafka.admin.startOffsets(name), await kafka.admin.endOffsets(name)];
    const [start, end] = [starts.get(0) ?? 0, ends.get(0) ?? 0];
    if (end <= start) return null;
    return new HeadFinder(new ChainOnLog(kafka, await context.schemas(), installation), start, end);
  }

  /** The first head for which `wanted` holds, if it holds for all behind it as well. */
  async first(wanted: (head: PlacedHead) => boolean): Promise<PlacedHead | null> {
    let [low, high] = [this.start, this.end];
    let found: PlacedHead | null = null;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const head = await this.at(middle);
      if (head !== null && !wanted(head)) low = head.place + 1;
      else {
        if (head !== null) found = head;
        high = middle;
      }
    }
    return found;
  }

  /** The first head that covers all of these places. */
  covering(places: readonly Place[]): Promise<PlacedHead | null> {
    return this.first((head) => places.every((place) => covers(head, place)));
  }

  ofSequence(sequence: number): Promise<PlacedHead | null> {
    return this.first((head) => head.sequence >= sequence);
  }

  /** The last tree of the record's partition that was stored before it; null: it begins with an empty one. */
  async treeBefore(place: Place): Promise<StoredTree | null> {
    const head = await this.covering([place]);
    if (head === null || head.sequence === 0) return null;
    const before = entryOf(await this.ofSequence(head.sequence - 1), place);
    if (before === undefined || before.treeSize === 0) return null;
    const grown = await this.first((one) => (entryOf(one, place)?.treeSize ?? 0) >= before.treeSize);
    const isIt = ({ topic, partition, frontier }: StoredTree) =>
      topic === place.topic &&
      partition === place.partition &&
      MerkleFrontier.fromBytes(frontier).size === before.treeSize;
    return grown?.trees?.find(isIt) ?? null;
  }

  /** The heads from one on, up to and with another. */
  async range(from: PlacedHead, to: number): Promise<PlacedHead[]> {
    const heads: PlacedHead[] = [];
    for await (const link of this.chain.links(from.place)) {
      if ('newKeyId' in link) continue;
      if (link.sequence > to) break;
      heads.push(link);
    }
    return heads;
  }

  /** Every change of the key up to a head: read from the beginning, because there are few and nothing points to them. */
  async rotations(upTo: PlacedHead): Promise<SignedKeyRotation[]> {
    const first = await this.at(this.start);
    if (first?.keyId === upTo.keyId) return [];
    const found: SignedKeyRotation[] = [];
    for await (const link of this.chain.links()) {
      if (link.place >= upTo.place) break;
      if ('newKeyId' in link) found.push(link);
    }
    return found;
  }

  /** The first head at or behind an offset of the topic. */
  private async at(offset: number): Promise<PlacedHead | null> {
    const known = this.probes.get(offset);
    if (known !== undefined) return known;
    let found: PlacedHead | null = null;
    for await (const link of this.chain.links(offset, PROBE_BYTES)) {
      if ('newKeyId' in link) continue;
      found = link.place < this.end ? link : null;
      break;
    }
    this.probes.set(offset, found);
    return found;
  }
}

export function entryOf(head: ChainedHead | null, { topic, partition }: Place): PartitionHead | undefined {
  return head?.partitions.find((entry) => entry.topic === topic && entry.partition === partition);
}

export const covers = (head: ChainedHead, place: Place): boolean =>
  (entryOf(head, place)?.nextOffset ?? 0) > place.offset;
