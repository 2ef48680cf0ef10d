/** What happened inside the modes, for metrics and logs; nothing here knows prom-client. */
export interface MessagingEventMap {
  /** A handler was called; seconds it took. In fold mode `record` is `*` and one call takes many records. */
  handled: {
    readonly topic: string;
    readonly record: string;
    readonly mode: string;
    readonly records: number;
    readonly seconds: number;
  };
  /** A repeat was dropped by its event id. */
  deduplicated: { readonly topic: string; readonly mode: string };
  deadLetter: { readonly topic: string; readonly reasonCode: string };
  /** Rows that the relay published. */
  relayed: { readonly rows: number };
  /** A lane's transaction: records read, seconds from fetch to commit. */
  transaction: {
    readonly topic: string;
    readonly partition: number;
    readonly records: number;
    readonly seconds: number;
  };
  /** Every broadcast topic of the service has been read to the end that it had at the start. */
  broadcastsComplete: Record<string, never>;
  laneRecovery: { readonly topic: string; readonly partition: number; readonly code: string };
}

type Listener<K extends keyof MessagingEventMap> = (event: MessagingEventMap[K]) => void;

/** Costs a map look-up when nobody listens. */
export class MessagingEvents {
  private readonly listeners = new Map<keyof MessagingEventMap, Listener<never>[]>();

  on<K extends keyof MessagingEventMap>(name: K, listener: Listener<K>): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener as Listener<never>]);
  }

  emit<K extends keyof MessagingEventMap>(name: K, event: MessagingEventMap[K]): void {
    for (const listener of this.listeners.get(name) ?? []) (listener as Listener<K>)(event);
  }
}
