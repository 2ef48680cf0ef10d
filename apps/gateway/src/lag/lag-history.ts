import type { Logger } from '@millrace/contracts';
import type { ReadLag } from './read-lag';

export interface LagOverTime {
  /** Between two samples. */
  readonly everyMs: number;
  /** Lag of all groups together, oldest first; null where the broker did not answer. */
  readonly total: readonly (number | null)[];
  /** The groups that lag most in the newest sample, of those that lag at all. */
  readonly most: readonly { readonly group: string; readonly topic: string; readonly lag: number }[];
}

export const LAG_EVERY_MS = 10_000;
/** A quarter of an hour. */
const SAMPLES = 90;
const SHOWN = 5;

/** What the page draws of lag; the full story is for Prometheus to keep. */
export class LagHistory {
  private readonly total: (number | null)[] = [];
  private most: LagOverTime['most'] = [];
  private timer: NodeJS.Timeout | null = null;
  private sampling: Promise<void> | null = null;

  constructor(
    private readonly lag: Pick<ReadLag, 'take'>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.sample(), LAG_EVERY_MS);
    void this.sample();
  }

  /** After this nothing is asked of the broker any more. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.sampling;
  }

  overTime(): LagOverTime {
    return { everyMs: LAG_EVERY_MS, total: [...this.total], most: this.most };
  }

  /** One sample at a time: a broker that is slow gives fewer, not more. */
  sample(): Promise<void> {
    this.sampling ??= this.look().finally(() => {
      this.sampling = null;
    });
    return this.sampling;
  }

  private async look(): Promise<void> {
    try {
      const { groups } = await this.lag.take();
      const sums = new Map<string, { group: string; topic: string; lag: number }>();
      for (const { group, topic, lag } of groups) {
        const key = `${group} ${topic}`;
        sums.set(key, { group, topic, lag: (sums.get(key)?.lag ?? 0) + lag });
      }
      const sorted = [...sums.values()].filter(({ lag }) => lag > 0).sort((a, b) => b.lag - a.lag);
      this.most = sorted.slice(0, SHOWN);
      this.keep(sorted.reduce((sum, { lag }) => sum + lag, 0));
    } catch (error) {
      this.logger.debug({ reason: (error as Error).message }, 'Lag is not known now');
      this.keep(null);
    }
  }

  private keep(total: number | null): void {
    this.total.push(total);
    if (this.total.length > SAMPLES) this.total.shift();
  }
}
