/** Something that becomes known at a time. */
export interface Timed {
  readonly at: number;
}

/** A binary heap: what becomes known first comes out first, and of equals the one that was put in first. */
export class LandingQueue<T extends Timed> {
  private readonly heap: { readonly item: T; readonly order: number }[] = [];
  private count = 0;

  get size(): number {
    return this.heap.length;
  }

  push(item: T): void {
    this.heap.push({ item, order: this.count++ });
    for (let child = this.heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.before(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  /** Everything that is known at `now`, in order. */
  *takeUntil(now: number): Generator<T> {
    while (this.heap.length > 0 && this.heap[0]!.item.at <= now) yield this.pop();
  }

  private pop(): T {
    const first = this.heap[0]!.item;
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return first;
    this.heap[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const smaller = left + 1 < this.heap.length && this.before(left + 1, left) ? left + 1 : left;
      if (smaller >= this.heap.length || !this.before(smaller, parent)) return first;
      this.swap(smaller, parent);
      parent = smaller;
    }
  }

  private before(a: number, b: number): boolean {
    const one = this.heap[a]!;
    const other = this.heap[b]!;
    return one.item.at < other.item.at || (one.item.at === other.item.at && one.order < other.order);
  }

  private swap(a: number, b: number): void {
    const kept = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = kept;
  }
}
