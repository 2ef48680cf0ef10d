import type { TestThenTrain } from '@millrace/learning';
import { type CounterMetric, type GaugeMetric, Metrics } from '@millrace/service';
import { Injectable } from '@nestjs/common';

@Injectable()
export class LearnerMetrics {
  private readonly snapshots: CounterMetric;
  private readonly examples: GaugeMetric;
  private readonly guarded: GaugeMetric;
  private readonly errorsRose: GaugeMetric;
  private readonly trips: CounterMetric;

  constructor(metrics: Metrics) {
    this.snapshots = metrics.counter(
      'millrace_training_learner_snapshots_total',
      'Snapshots of online learners that were due, by whether they became a file.',
      ['learner', 'result'],
    );
    this.examples = metrics.gauge(
      'millrace_training_learner_examples',
      'Examples that an online learner has taken, learned from or not.',
      ['learner'],
    );
    this.guarded = metrics.gauge(
      'millrace_training_learner_guarded',
      '1 while the guard of an online learner holds learning back, else 0.',
      ['learner'],
    );
    this.errorsRose = metrics.gauge(
      'millrace_training_learner_error_rises',
      'Times that the errors of an online learner became larger, by its detector of changes.',
      ['learner'],
    );
    this.trips = metrics.counter(
      'millrace_training_learner_guard_trips_total',
      'Times that the guard of an online learner kept more away than is usual: BURST, SPIKES, LABELS.',
      ['learner', 'trip'],
    );
  }

  tripped(learner: string, trip: string): void {
    this.trips.inc({ learner, trip });
  }

  /** How a learner stands in this process, after a commit. */
  stands(learner: string, run: Pick<TestThenTrain, 'counts' | 'changes'>): void {
    const { taken, burst } = run.counts();
    this.examples.set(taken, { learner });
    this.guarded.set(burst ? 1 : 0, { learner });
    this.errorsRose.set(run.changes().rose, { learner });
  }

  /** It learns here no more. */
  gone(learner: string): void {
    for (const metric of [this.examples, this.guarded, this.errorsRose]) metric.remove({ learner });
  }

  snapshot(learner: string, result: 'taken' | 'failed'): void {
    this.snapshots.inc({ learner, result });
  }
}
