import { performance } from 'node:perf_hooks';
import type { Metrics } from './metrics';

/**
 * Figures of the process under the names that prom-client's default metrics use, so that stock dashboards work. All are
 * read at the scrape. prom-client's own set would keep a timer of 10 ms running for the event-loop delay, which is
 * most of the CPU of an idle process; the utilisation of the loop costs nothing between scrapes.
 */
export function addProcessMetrics(metrics: Metrics, startedAtMs: number): void {
  const seconds = (microseconds: number) => microseconds / 1e6;
  metrics.observedCounter('process_cpu_user_seconds_total', 'User CPU time spent in seconds.', [], (set) =>
    set(seconds(process.cpuUsage().user)),
  );
  metrics.observedCounter('process_cpu_system_seconds_total', 'System CPU time spent in seconds.', [], (set) =>
    set(seconds(process.cpuUsage().system)),
  );
  metrics.observedCounter(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
    [],
    (set) => {
      const { user, system } = process.cpuUsage();
      set(seconds(user + system));
    },
  );
  metrics.gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', [], (set) =>
    set(process.memoryUsage.rss()),
  );
  metrics.gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', [], (set) =>
    set(startedAtMs / 1_000),
  );
  metrics.gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', [], (set) =>
    set(process.memoryUsage().heapUsed),
  );
  metrics.gauge('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', [], (set) =>
    set(process.memoryUsage().heapTotal),
  );
  metrics.gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', [], (set) =>
    set(process.memoryUsage().external),
  );
  metrics.gauge('nodejs_version_info', 'Node.js version info.', ['version', 'major', 'minor', 'patch'], (set) => {
    const [major = '', minor = '', patch = ''] = process.versions.node.split('.');
    set(1, { version: process.version, major, minor, patch });
  });
  let before = performance.eventLoopUtilization();
  metrics.gauge(
    'nodejs_eventloop_utilization_ratio',
    'Share of the time since the last scrape in which the event loop was busy.',
    [],
    (set) => {
      const now = performance.eventLoopUtilization();
      set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  );
}
