import type { Clock } from '@millrace/contracts';
import type { TopicAdmin } from '@millrace/messaging';
import type { Flow } from './live-snapshot';

interface Measured {
  readonly at: number;
  readonly end: number;
}

/** A measurement older than this says nothing about now: the rate is then 0. */
const STALE_MS = 10_000;
/** Two measurements closer than this give no rate worth showing: the older one stays the reference. */
const CLOSEST_MS = 500;

/**
 * Offsets of topics and how fast they grow. Ends count records and the markers of transactions, which also take an offset, so
 * a topic that is written in transactions shows a little more than it holds.
 */
export class FlowMeter {
  private readonly references = new Map<string, Measured>();
  private readonly rates = new Map<string, number>();

  constructor(
    private readonly admin: Pick<TopicAdmin, 'endOffsets'>,
    private readonly clock: Clock,
  ) {}

  /** By topic; a topic that does not exist (yet) is still and empty. */
  async measure(topics: readonly string[]): Promise<Map<string, Flow>> {
    const flows = await Promise.all(topics.map(async (topic) => [topic, await this.flowOf(topic)] as const));
    return new Map(flows);
  }

  private async flowOf(topic: string): Promise<Flow> {
    const ends = await this.admin.endOffsets(topic, 'committed');
    const end = [...ends.values()].reduce((sum, one) => sum + one, 0);
    return { records: end, rate: this.rateOf(topic, end) };
  }

  private rateOf(topic: string, end: number): number {
    const at = this.clock.now();
    const before = this.references.get(topic);
    const elapsed = before ? at - before.at : Number.POSITIVE_INFINITY;
    if (before && elapsed < CLOSEST_MS) return this.rates.get(topic) ?? 0;
    this.references.set(topic, { at, end });
    const rate = before && elapsed <= STALE_MS ? Math.max(0, ((end - before.end) * 1_000) / elapsed) : 0;
    this.rates.set(topic, rate);
    return rate;
  }
}
