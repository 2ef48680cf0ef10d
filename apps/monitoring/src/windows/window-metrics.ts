import { type CounterMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';

/** What became of a response: counted in a window, or why not. */
export type RowFate = 'windowed' | 'too-late' | 'implausible-time' | 'request-gone' | 'unreadable';

@Injectable()
export class WindowMetrics {
  private readonly rows: CounterMetric;
  private readonly told: CounterMetric;

  constructor(metrics: Metrics) {
    this.rows = metrics.counter(
      'millrace_monitoring_responses_total',
      'Responses, by what became of them: counted in a window, or why not.',
      ['endpoint', 'fate'],
    );
    this.told = metrics.counter('millrace_monitoring_windows_total', 'Windows told of, closed or corrected.', [
      'endpoint',
      'event',
    ]);
  }

  responses(endpoint: string, fate: RowFate, count: number): void {
    if (count > 0) this.rows.inc({ endpoint, fate }, count);
  }

  windows(endpoint: string, event: 'closed' | 'corrected', count: number): void {
    if (count > 0) this.told.inc({ endpoint, event }, count);
  }
}
