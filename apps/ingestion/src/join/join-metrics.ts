import { type CounterMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';
import type { JoinEffect } from '../domain/join-outcomes';

@Injectable()
export class JoinMetrics {
  private readonly responses: CounterMetric;
  private readonly outcomes: CounterMetric;
  private readonly forgotten: CounterMetric;

  constructor(metrics: Metrics) {
    this.responses = metrics.counter(
      'millrace_ingestion_joined_responses_total',
      'Responses, by what the join made of them.',
      ['endpoint', 'effect'],
    );
    this.outcomes = metrics.counter('millrace_ingestion_outcomes_total', 'Outcomes, by what the join made of them.', [
      'endpoint',
      'effect',
    ]);
    this.forgotten = metrics.counter(
      'millrace_ingestion_forgotten_total',
      'Responses that never got an outcome, and outcomes that never got a response, when they were given up.',
      ['endpoint', 'half'],
    );
  }

  response(endpoint: string, effect: JoinEffect | 'unusable', count = 1): void {
    this.responses.inc({ endpoint, effect }, count);
  }

  outcome(endpoint: string, effect: JoinEffect | 'unusable', count = 1): void {
    this.outcomes.inc({ endpoint, effect }, count);
  }

  forgot(endpoint: string, half: 'response' | 'outcome', count: number): void {
    if (count > 0) this.forgotten.inc({ endpoint, half }, count);
  }
}
