import { type CounterMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';
import type { SortingObserver } from './sorting-observer';

@Injectable()
export class SortingMetrics implements SortingObserver {
  private readonly sorted: CounterMetric;
  private readonly reasons: CounterMetric;
  private readonly warnings: CounterMetric;

  constructor(metrics: Metrics) {
    this.sorted = metrics.counter(
      'millrace_ingestion_sorted_records_total',
      'Raw records sorted, by where they went.',
      ['source', 'to'],
    );
    this.reasons = metrics.counter('millrace_ingestion_quarantined_records_total', 'Quarantined records, by reason.', [
      'source',
      'reason',
    ]);
    this.warnings = metrics.counter(
      'millrace_ingestion_rule_warnings_total',
      'Accepted records that break a rule of severity WARNING.',
      ['source', 'rule'],
    );
  }

  accepted(source: string, records: number): void {
    this.sorted.inc({ source, to: 'accepted' }, records);
  }

  quarantined(source: string, reason: string): void {
    this.sorted.inc({ source, to: 'quarantine' });
    this.reasons.inc({ source, reason });
  }

  warned(source: string, rule: string): void {
    this.warnings.inc({ source, rule });
  }
}
