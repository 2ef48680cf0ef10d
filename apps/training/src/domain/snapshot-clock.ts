import type { SnapshotPolicy } from '@millrace/contracts';

export type SnapshotCause = 'EXAMPLES' | 'SECONDS';

/**
 * When a learner is to become a version: by examples taken, or by the time that the timestamps of the labelled records have
 * moved on since the last snapshot (or the first example). No clock of any machine has a say, so the same log
 * gives the same snapshots.
 */
export class SnapshotClock {
  /** @param since Kafka timestamp of the last snapshot, or of the first example; null before that. */
  constructor(
    private readonly policy: SnapshotPolicy | null,
    public since: number | null,
  ) {}

  /**
   * @param taken examples taken so far, this one included.
   * @param at Kafka timestamp of its record, which may go back a little.
   */
  due(taken: number, at: number): SnapshotCause | null {
    this.since ??= at;
    const cause = this.causeAt(taken, at - this.since);
    if (cause !== null) this.since = at;
    return cause;
  }

  private causeAt(taken: number, elapsedMs: number): SnapshotCause | null {
    const { everyExamples = null, everySeconds = null } = this.policy ?? {};
    if (everyExamples !== null && taken % everyExamples === 0) return 'EXAMPLES';
    return everySeconds !== null && elapsedMs >= 1_000 * everySeconds ? 'SECONDS' : null;
  }
}
