/** Lag without movement for this long means that something hangs (reliability F09). */
export const STALL_MS = 30_000;

interface Watched {
  position: number;
  end: number;
  movedAt: number;
}

/**
 * Notices partitions that have something to read and do not move. kafkajs consumers were seen to stop without an error
 * after a broker's restart; a service that reports `stalled` is restarted by the supervisor.
 */
export class ProgressWatchdog {
  private readonly partitions = new Map<string, Watched>();

  constructor(
    private readonly now: () => number,
    private readonly stallMs = STALL_MS,
  ) {}

  /**
   * @param position next offset to be worked on.
   * @param end last stable offset as of the last fetch.
   */
  observe(topic: string, partition: number, position: number, end: number): void {
    const name = `${topic}/${partition}`;
    const before = this.partitions.get(name);
    const idle = before !== undefined && before.position >= before.end;
    const moved = before === undefined || idle || before.position !== position;
    this.partitions.set(name, { position, end, movedAt: moved ? this.now() : before.movedAt });
  }

  /** A partition that was given up, or is paused for a known reason, is not watched. */
  forget(topic: string, partition: number): void {
    this.partitions.delete(`${topic}/${partition}`);
  }

  /** The reason for not being ready, or null. */
  stalled(): string | null {
    const now = this.now();
    const stuck = [...this.partitions].find(([, one]) => one.position < one.end && now - one.movedAt > this.stallMs);
    if (!stuck) return null;
    const [name, { position, end, movedAt }] = stuck;
    return `stalled: ${name} stands at ${position} of ${end} for ${Math.round((now - movedAt) / 1000)} s`;
  }
}
