import type { LifecycleEvent, WorkerReport } from '../supervision/worker-messages';

/** More transactions than this in a second are not told one by one. */
const MOST_EVENTS = 2_000;

/** What happened between two reports; only numbers move on the hot path. */
export class LaneCounts {
  private responses = new Map<string, number>();
  private events: LifecycleEvent[] = [];

  response(endpoint: string, status: string): void {
    const name = `${endpoint} ${status}`;
    this.responses.set(name, (this.responses.get(name) ?? 0) + 1);
  }

  happened(event: LifecycleEvent): void {
    if (this.events.length < MOST_EVENTS) this.events.push(event);
  }

  take(): Pick<WorkerReport, 'counts' | 'events'> {
    const counts = [...this.responses].map(([name, count]) => {
      const [endpoint = '', status = ''] = name.split(' ');
      return { endpoint, status, count };
    });
    const taken = { counts, events: this.events };
    this.responses = new Map();
    this.events = [];
    return taken;
  }
}
