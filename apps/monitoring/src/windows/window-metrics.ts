import { type CounterMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';
import type { Told } from './window-book';

/** What became of a response: counted in a window, or why not. */
export type RowFate = 'windowed' | 'too-late' | 'implausible-time' | 'request-gone' | 'unreadable';

/** What became of a labelled example. */
export type ExampleFate = 'windowed' | 'too-late' | 'implausible-time' | 'repeated' | 'unreadable';

@Injectable()
export class WindowMetrics {
  private readonly rows: CounterMetric;
  private readonly told: CounterMetric;
  private readonly labelled: CounterMetric;
  private readonly measured: CounterMetric;

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
    this.labelled = metrics.counter(
      'millrace_monitoring_examples_total',
      'Labelled examples, by what became of them: counted in a window, or why not.',
      ['endpoint', 'fate'],
    );
    this.measured = metrics.counter('millrace_monitoring_quality_total', 'Windows whose quality was told, again too.', [
      'endpoint',
    ]);
  }

  responses(endpoint: string, fate: RowFate, count: number): void {
    if (count > 0) this.rows.inc({ endpoint, fate }, count);
  }

  windows(endpoint: string, { closed, corrected }: Told): void {
    if (closed > 0) this.told.inc({ endpoint, event: 'closed' }, closed);
    if (corrected > 0) this.told.inc({ endpoint, event: 'corrected' }, corrected);
  }

  examples(endpoint: string, fate: ExampleFate, count: number): void {
    if (count > 0) this.labelled.inc({ endpoint, fate }, count);
  }

  quality(endpoint: string, { closed, corrected }: Told): void {
    if (closed + corrected > 0) this.measured.inc({ endpoint }, closed + corrected);
  }
}
