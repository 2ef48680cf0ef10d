/** Three deaths inside one model within ten minutes put it into quarantine (ARCHITECTURE section 6). */
export const DEATHS_TO_QUARANTINE = 3;
export const DEATH_WINDOW_MS = 600_000;

/** Deaths of lane workers per model digest. A death counts only when the worker was inside a call of that model. */
export class DeathCounter {
  private readonly deaths = new Map<string, number[]>();

  /** Number of deaths inside the window, this one included. */
  record(digest: string, now: number): number {
    const recent = (this.deaths.get(digest) ?? []).filter((at) => at > now - DEATH_WINDOW_MS);
    recent.push(now);
    this.deaths.set(digest, recent);
    return recent.length;
  }

  forget(digest: string): void {
    this.deaths.delete(digest);
  }
}
