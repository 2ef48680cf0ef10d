import { type CounterMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';

@Injectable()
export class LearnerMetrics {
  private readonly snapshots: CounterMetric;

  constructor(metrics: Metrics) {
    this.snapshots = metrics.counter(
      'millrace_training_learner_snapshots_total',
      'Snapshots of online learners that were due, by whether they became a file.',
      ['learner', 'result'],
    );
  }

  snapshot(learner: string, result: 'taken' | 'failed'): void {
    this.snapshots.inc({ learner, result });
  }
}
