import type { LifecycleEvent, WorkerReport } from '../supervision/worker-messages';

/** More transactions than this in a second are not told one by one. */
const MOST_EVENTS = 2_000;

/** What happened between two reports; only numbers move on the hot path. */
export class LaneCounts {
  /** By endpoint, then by status. */
  private responses = new Map<string, Map<string, number>>();
  private events: LifecycleEvent[] = [];

  response(endpoint: string, status: string): void {
    let statuses = this.responses.get(endpoint);
    if (!statuses) {
      statuses = new Map();
      this.responses.set(endpoint, statuses);
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  happened(event: LifecycleEvent): void {
    if (this.events.length < MOST_EVENTS) this.events.push(event);
  }

  take(): Pick<WorkerReport, 'counts' | 'events'> {
    const counts = [...this.responses].flatMap(([endpoint, statuses]) =>
      [...statuses].map(([status, count]) => ({ endpoint, status, count })),
    );
    const taken = { counts, events: this.events };
    this.responses = new Map();
    this.events = [];
    return taken;
  }
}
