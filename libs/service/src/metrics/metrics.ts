import { AppError } from '@millrace/contracts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Values of the labels of one measurement. Bounded sets only: never a request id, a user or a record key. */
export type Labels = Readonly<Record<string, string | number>>;

export interface CounterMetric {
  inc(labels?: Labels, by?: number): void;
}

export interface GaugeMetric {
  set(value: number, labels?: Labels): void;
  inc(labels?: Labels, by?: number): void;
  dec(labels?: Labels, by?: number): void;
  /** Forgets one series, for example of an endpoint that is gone. */
  remove(labels: Labels): void;
}

export interface HistogramMetric {
  /** @param value in the base unit of the name: seconds, bytes. */
  observe(value: number, labels?: Labels): void;
}

/** Reads values at the moment of a scrape, so that nothing needs to be kept up to date in between. */
export type Collect = (set: (value: number, labels?: Labels) => void) => void | Promise<void>;

/** Seconds, from a millisecond to a minute. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Prometheus' naming rules: one-word prefix, base unit, `_total` for counters and for nothing else. */
const NAME = /^(?:millrace_|process_|nodejs_|kafka_)[a-z0-9_]+$/;
const ODD_UNITS = /_(?:ms|millis|milliseconds|micros|minutes|kb|mb|kib|mib|percent)(?:_|$)/;

/**
 * What a process measures. The only place that knows prom-client; everybody else names a metric and moves it. The same
 * name twice is the same metric, if help and labels agree.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly made = new Map<string, { shape: string; metric: unknown }>();

  get contentType(): string {
    return this.registry.contentType;
  }

  /** A number that only grows; its name ends in `_total`. */
  counter(name: string, help: string, labels: readonly string[] = []): CounterMetric {
    refuseName(name, name.endsWith('_total'), 'A counter ends in _total');
    return this.once('counter', name, help, labels, () => {
      const counter = new Counter({ name, help, labelNames: [...labels], registers: [this.registry] });
      return { inc: (values: Labels = {}, by = 1) => counter.inc({ ...values }, by) };
    });
  }

  /** A number that goes up and down. With `collect` it is read when somebody asks. */
  gauge(name: string, help: string, labels: readonly string[] = [], collect?: Collect): GaugeMetric {
    refuseName(name, !name.endsWith('_total'), 'Only counters end in _total');
    return this.once('gauge', name, help, labels, () => {
      const gauge = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [this.registry],
        ...(collect && {
          async collect() {
            this.reset();
            await collect((value, values = {}) => this.set({ ...values }, value));
          },
        }),
      });
      return {
        set: (value: number, values: Labels = {}) => gauge.set({ ...values }, value),
        inc: (values: Labels = {}, by = 1) => gauge.inc({ ...values }, by),
        dec: (values: Labels = {}, by = 1) => gauge.dec({ ...values }, by),
        remove: (values: Labels) => gauge.remove({ ...values }),
      };
    });
  }

  /** How values are spread; durations in seconds by default. */
  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets: readonly number[] = DURATION_BUCKETS,
  ): HistogramMetric {
    refuseName(name, !name.endsWith('_total'), 'Only counters end in _total');
    return this.once('histogram', name, help, labels, () => {
      const histogram = new Histogram({
        name,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers: [this.registry],
      });
      return { observe: (value: number, values: Labels = {}) => histogram.observe({ ...values }, value) };
    });
  }

  /** A counter whose value is kept elsewhere (the operating system) and read at the scrape. */
  observedCounter(name: string, help: string, labels: readonly string[], collect: Collect): void {
    refuseName(name, name.endsWith('_total'), 'A counter ends in _total');
    this.once('observed counter', name, help, labels, () => {
      new Counter({
        name,
        help,
        labelNames: [...labels],
        registers: [this.registry],
        async collect() {
          this.reset();
          await collect((value, values = {}) => this.inc({ ...values }, value));
        },
      });
      return null;
    });
  }

  /** Everything in the Prometheus text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private once<T>(kind: string, name: string, help: string, labels: readonly string[], make: () => T): T {
    const shape = JSON.stringify([kind, help, labels]);
    const before = this.made.get(name);
    if (before && before.shape !== shape) {
      throw invalid(`The metric ${name} is made twice, with different kinds, helps or labels. Make it in one place.`);
    }
    if (before) return before.metric as T;
    const metric = make();
    this.made.set(name, { shape, metric });
    return metric;
  }
}

function refuseName(name: string, wellEnded: boolean, rule: string): void {
  if (!NAME.test(name)) throw invalid(`${name} is no name for a metric: begin with millrace_, small letters and _.`);
  if (ODD_UNITS.test(name)) throw invalid(`${name} is not in a base unit: use _seconds, _bytes or _ratio.`);
  if (!wellEnded) throw invalid(`${name} is not well named: ${rule}.`);
}

const invalid = (message: string) => new AppError({ code: 'METRIC_INVALID', message, retriable: false });
