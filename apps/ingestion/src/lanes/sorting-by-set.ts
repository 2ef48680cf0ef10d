import type { LaneOutput } from '@millrace/messaging';
import type { ExpectationSets, SortingSet } from './expectation-sets';
import type { SortingLog } from './sorting-log';

interface Change {
  readonly version: number;
  readonly set: string | null;
  /** First offset that is sorted so. */
  readonly from: number;
}

/**
 * Which expectation set sorts one partition, and from which offset on: a change is written in the transaction of the first
 * batch that is sorted by it, so that anybody can tell later which records met which set. Sets change between batches only.
 */
export class SortingBySet {
  private change: Change | null = null;

  constructor(
    private readonly source: string,
    private readonly partition: number,
    private readonly sets: Pick<ExpectationSets, 'ready' | 'inForce'>,
    private readonly log: Pick<SortingLog, 'last' | 'encode'>,
  ) {}

  /**
   * The set for a batch whose cursor stands before its first record. One that comes again, because its transaction was
   * aborted, writes its change again.
   *
   * @param first offset of the first record
   */
  async inForce(first: number, out: LaneOutput): Promise<SortingSet | null> {
    await this.sets.ready;
    const set = this.sets.inForce(this.source);
    const name = set?.set ?? null;
    this.change ??= await this.lastChange();
    const again = this.change.from >= first;
    if (this.change.set === name && !again) return set;
    const version = again ? this.change.version : this.change.version + 1;
    await this.write({ version, set: name, from: first }, set, out);
    return set;
  }

  private async lastChange(): Promise<Change> {
    const last = await this.log.last(this.source, this.partition);
    if (last === null) return { version: 0, set: null, from: -1 };
    return { version: last.aggregateVersion, set: last.set, from: last.fromOffset };
  }

  private async write(change: Change, set: SortingSet | null, out: LaneOutput): Promise<void> {
    const { source, partition } = this;
    const { key, value, headers, topic } = await this.log.encode({
      aggregateVersion: change.version,
      source,
      partition,
      fromOffset: change.from,
      set: change.set,
      digest: set?.digest ?? null,
      checks: set?.rules.map(({ id }) => id) ?? [],
    });
    out.produce(topic, 0, key, value, headers);
    this.change = change;
  }
}
