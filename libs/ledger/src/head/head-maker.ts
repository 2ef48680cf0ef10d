/** Least time between two heads, and how long records are gathered for one. Milliseconds. */
const GATHER_MS = 1_000;
/** A record is covered at the latest so long after it was read. Milliseconds. */
export const HEAD_WITHIN_MS = 10_000;

/**
 * When the next head is due: a second after the first uncovered record, at most one a second, none while nothing is uncovered.
 * The remaining nine seconds of the promise are for making it durable. Times are milliseconds of one clock that never goes back
 * (not of day), injected.
 */
export class HeadMaker {
  private firstUncovered: number | null = null;
  private lastHead = Number.NEGATIVE_INFINITY;

  /** A record was appended to a tree. */
  appended(now: number): void {
    this.firstUncovered ??= now;
  }

  /** When to make the next head; null when there is nothing to say. */
  get dueAt(): number | null {
    if (this.firstUncovered === null) return null;
    return Math.max(this.firstUncovered, this.lastHead) + GATHER_MS;
  }

  isDue(now: number): boolean {
    return this.dueAt !== null && now >= this.dueAt;
  }

  /** How long the first uncovered record waits. Milliseconds; 0 when none does. */
  waitingMs(now: number): number {
    return this.firstUncovered === null ? 0 : now - this.firstUncovered;
  }

  /** Whether the promise is broken: the first uncovered record waits for longer than `HEAD_WITHIN_MS`. */
  isLate(now: number): boolean {
    return this.waitingMs(now) > HEAD_WITHIN_MS;
  }

  /** A head was made durable; `uncoveredSince` is when the first record that it leaves out was appended, null when it covers all. */
  made(now: number, uncoveredSince: number | null = null): void {
    this.lastHead = now;
    this.firstUncovered = uncoveredSince;
  }
}
