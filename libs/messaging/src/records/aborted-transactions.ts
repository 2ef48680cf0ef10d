import type { AbortedTransaction } from '../wire/fetch';

/**
 * Tells, batch by batch in log order, which data belong to aborted transactions.
 *
 * The broker lists the aborted transactions of a fetch ordered by their *end*, so they are sorted by first offset here. A
 * transaction is open from its first offset until the abort marker of its producer, and only a control batch is a marker: data
 * with a key that looks like one changes nothing. (kafkajs takes the list as sorted and any record with a key of four zero
 * bytes as a marker, and delivers aborted records.) One producer has at most one transaction open at a time.
 */
export class AbortedTransactions {
  private readonly listed: AbortedTransaction[];
  private readonly open = new Set<bigint>();
  private next = 0;

  constructor(listed: readonly AbortedTransaction[]) {
    this.listed = [...listed].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  get isEmpty(): boolean {
    return this.listed.length === 0;
  }

  /** Whether the data batch of this producer, ending at `lastOffset`, was aborted. */
  covers(producerId: bigint, lastOffset: number): boolean {
    this.openUpTo(lastOffset);
    return this.open.has(producerId);
  }

  /** An abort marker was met: what its producer writes afterwards is another transaction. */
  close(producerId: bigint, offset: number): void {
    this.openUpTo(offset);
    this.open.delete(producerId);
  }

  private openUpTo(offset: number): void {
    while (this.next < this.listed.length && this.listed[this.next].firstOffset <= offset) {
      this.open.add(this.listed[this.next].producerId);
      this.next++;
    }
  }
}
