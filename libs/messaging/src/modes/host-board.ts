import { pauseFor } from '../client/back-off';

/** What reads a topic by itself until it is stopped: a LaneHost, a FoldHost. */
export interface Hosted {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A reason for not being ready. */
  trouble(): string | null;
}

const RETRY_MS = 1_000;

/**
 * Hosts by name, which come and go with facts of the log, and what keeps each of them from going on. A host that cannot be made or started is
 * tried again until it is closed.
 */
export class HostBoard<Host extends Hosted> {
  private readonly hosts = new Map<string, { host: Host | null; readonly closing: AbortController }>();
  private readonly troubles = new Map<string, string>();
  private stopped = false;

  constructor(private readonly retryMs = RETRY_MS) {}

  /**
   * Makes and starts a host; one that is open stays as it is.
   * @param make throws when something is not there yet: it is asked again.
   * @returns once the host has started or was closed.
   */
  async open(name: string, make: () => Host | Promise<Host>): Promise<void> {
    if (this.stopped || this.hosts.has(name)) return;
    const entry = { host: null as Host | null, closing: new AbortController() };
    this.hosts.set(name, entry);
    const { signal } = entry.closing;
    while (!signal.aborted) {
      try {
        const host = await make();
        if (signal.aborted) return;
        entry.host = host;
        this.trouble(name, null);
        return await host.start();
      } catch (error) {
        this.trouble(name, error as Error);
        await entry.host?.stop();
        entry.host = null;
        await pauseFor(this.retryMs, signal);
      }
    }
  }

  get(name: string): Host | null {
    return this.hosts.get(name)?.host ?? null;
  }

  /** For `onTrouble` of the host of this name; what a closed host still says is not heard. */
  trouble(name: string, error: Error | null): void {
    if (error === null) this.troubles.delete(name);
    else if (this.hosts.has(name)) this.troubles.set(name, error.message);
  }

  /** What is wrong now, `<name>: <reason>` of each that is ill; null when all go on. */
  reason(): string | null {
    const reasons = [...this.hosts].flatMap(([name, { host }]) => {
      const reason = host?.trouble() ?? this.troubles.get(name);
      return reason ? [`${name}: ${reason}`] : [];
    });
    return reasons.length === 0 ? null : reasons.join('; ');
  }

  /** Ends what the host has in hand; the name may be opened again. */
  async close(name: string): Promise<void> {
    const entry = this.hosts.get(name);
    this.hosts.delete(name);
    this.troubles.delete(name);
    entry?.closing.abort();
    await entry?.host?.stop();
  }

  /** Closes all, for good. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.hosts.keys()].map((name) => this.close(name)));
  }
}
