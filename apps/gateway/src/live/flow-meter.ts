import type { Clock } from '@millrace/contracts';
import type { Flow } from './live-snapshot';

interface Measured {
  readonly at: number;
  readonly records: number;
}

/** A measurement older than this says nothing about now: the rate is then 0. */
const STALE_MS = 10_000;
/** Two measurements closer than this give no rate worth showing: the older one stays the reference. */
const CLOSEST_MS = 500;

/** How fast counts grow: records a second between two looks. */
export class FlowMeter {
  private readonly references = new Map<string, Measured>();
  private readonly rates = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  flow(name: string, records: number): Flow {
    return { records, rate: this.rateOf(name, records) };
  }

  private rateOf(name: string, records: number): number {
    const at = this.clock.now();
    const before = this.references.get(name);
    const elapsed = before ? at - before.at : Number.POSITIVE_INFINITY;
    if (before && elapsed < CLOSEST_MS) return this.rates.get(name) ?? 0;
    this.references.set(name, { at, records });
    const rate = before && elapsed <= STALE_MS ? Math.max(0, ((records - before.records) * 1_000) / elapsed) : 0;
    this.rates.set(name, rate);
    return rate;
  }
}
