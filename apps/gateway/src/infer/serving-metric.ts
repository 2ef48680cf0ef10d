import type { Metrics } from '@millrace/service';
import { type EndpointDirectory, isServing } from './endpoint-directory';

/** Which endpoints serve something, for an alert on those that do not. A retired one is meant to serve nothing and has no series. */
export function addServingMetric(metrics: Pick<Metrics, 'gauge'>, directory: Pick<EndpointDirectory, 'all'>): void {
  metrics.gauge(
    'millrace_endpoint_serving',
    '1 while an endpoint serves a release, 0 before the first one and while it is halted.',
    ['endpoint'],
    (set) => {
      for (const entry of directory.all())
        if (!entry.retired) set(isServing(entry) ? 1 : 0, { endpoint: entry.endpoint });
    },
  );
}
