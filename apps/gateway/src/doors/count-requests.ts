import type { Metrics } from '@millrace/service';
import type { NextFunction, Request, Response } from 'express';

/** What no route took; paths of callers are no labels. */
const NO_ROUTE = 'none';

/** Counts and times every answer by route, as the router names it: `/v2/models/:model/infer`. */
export function countRequests(metrics: Pick<Metrics, 'counter' | 'histogram'>) {
  const requests = metrics.counter('millrace_http_requests_total', 'HTTP requests that were answered.', [
    'method',
    'route',
    'status',
  ]);
  const durations = metrics.histogram(
    'millrace_http_request_duration_seconds',
    'Time from the head of a request to the end of its answer.',
    ['method', 'route'],
  );
  return (request: Request, response: Response, next: NextFunction): void => {
    const began = performance.now();
    response.once('finish', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      const labels = { method: request.method, route: typeof route === 'string' ? route : NO_ROUTE };
      requests.inc({ ...labels, status: String(response.statusCode) });
      durations.observe((performance.now() - began) / 1_000, labels);
    });
    next();
  };
}
