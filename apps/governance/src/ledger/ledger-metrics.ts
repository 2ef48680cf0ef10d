import { type CounterMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';

@Injectable()
export class LedgerMetrics {
  private readonly records: CounterMetric;
  private readonly heads: CounterMetric;
  private readonly covered: CounterMetric;

  constructor(private readonly metrics: Metrics) {
    this.records = metrics.counter(
      'millrace_ledger_records_total',
      'Records that were appended to the Merkle tree of their partition.',
      ['topic'],
    );
    this.heads = metrics.counter('millrace_ledger_heads_total', 'Tree heads that were signed.');
    this.covered = metrics.counter(
      'millrace_ledger_covered_records_total',
      'Records that a signed tree head covers for the first time.',
    );
  }

  /** @param headAgeSeconds null before the first head. @param uncoveredSeconds how long the first uncovered record waits */
  watch(headAgeSeconds: () => number | null, uncoveredSeconds: () => number): void {
    this.metrics.gauge('millrace_ledger_head_age_seconds', 'Age of the last signed tree head.', [], (set) => {
      const age = headAgeSeconds();
      if (age !== null) set(age);
    });
    this.metrics.gauge(
      'millrace_ledger_uncovered_seconds',
      'How long the first record waits that was read and that no tree head covers; 0 when all are covered.',
      [],
      (set) => set(uncoveredSeconds()),
    );
  }

  appended(topic: string, records: number): void {
    if (records > 0) this.records.inc({ topic }, records);
  }

  signed(newRecords: number): void {
    this.heads.inc();
    this.covered.inc({}, newRecords);
  }
}
