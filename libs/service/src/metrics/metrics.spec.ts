import { Metrics } from './metrics';
import { addProcessMetrics } from './process-metrics';

describe('service/metrics', () => {
  it('writes counters, gauges and histograms in the Prometheus text format', async () => {
    const metrics = new Metrics();
    metrics.counter('millrace_things_total', 'Things.', ['kind']).inc({ kind: 'a' }, 2);
    metrics.gauge('millrace_level_bytes', 'Level.').set(7);
    metrics.histogram('millrace_work_seconds', 'Work.', ['step'], [0.1, 1]).observe(0.5, { step: 'cut' });
    const text = await metrics.text();
    expect(text).toContain('millrace_things_total{kind="a"} 2');
    expect(text).toContain('millrace_level_bytes 7');
    expect(text).toContain('millrace_work_seconds_bucket{le="0.1",step="cut"} 0');
    expect(text).toContain('millrace_work_seconds_bucket{le="1",step="cut"} 1');
    expect(metrics.contentType).toMatch(/^text\/plain/);
  });

  it('reads collected values only when asked, and forgets series that are gone', async () => {
    const metrics = new Metrics();
    let lanes = ['a', 'b'];
    metrics.gauge('millrace_lanes', 'Lanes.', ['lane'], (set) => {
      for (const lane of lanes) set(1, { lane });
    });
    expect(await metrics.text()).toContain('millrace_lanes{lane="b"} 1');
    lanes = ['a'];
    expect(await metrics.text()).not.toContain('lane="b"');
  });

  it('gives the same metric for the same name', async () => {
    const metrics = new Metrics();
    metrics.counter('millrace_things_total', 'Things.').inc();
    metrics.counter('millrace_things_total', 'Things.').inc();
    expect(await metrics.text()).toContain('millrace_things_total 2');
  });

  it.each([
    ['another prefix', () => new Metrics().counter('app_things_total', 'x')],
    ['a counter without _total', () => new Metrics().counter('millrace_things', 'x')],
    ['a gauge with _total', () => new Metrics().gauge('millrace_things_total', 'x')],
    ['milliseconds', () => new Metrics().histogram('millrace_work_ms', 'x')],
    [
      'one name with two label sets',
      () => {
        const metrics = new Metrics();
        metrics.gauge('millrace_x', 'x', ['a']);
        metrics.gauge('millrace_x', 'x', ['b']);
      },
    ],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'METRIC_INVALID' }));
  });

  it('tells memory, CPU and start of the process without a timer', async () => {
    const metrics = new Metrics();
    addProcessMetrics(metrics, 1_000);
    const text = await metrics.text();
    expect(text).toMatch(/^process_cpu_user_seconds_total [0-9.e-]+$/m);
    expect(text).toMatch(/^process_cpu_seconds_total [0-9.e-]+$/m);
    expect(text).toMatch(/^nodejs_heap_size_total_bytes \d{6,}$/m);
    expect(text).toContain(`nodejs_version_info{version="${process.version}",major="`);
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(text).toMatch(/^process_start_time_seconds 1$/m);
    expect(text).toMatch(/^nodejs_eventloop_utilization_ratio [0-9.e-]+$/m);
  });
});
