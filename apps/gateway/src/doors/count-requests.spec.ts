import { EventEmitter } from 'node:events';
import { Metrics } from '@millrace/service';
import type { Request, Response } from 'express';
import { countRequests } from './count-requests';

async function counted(request: object, statusCode: number): Promise<string> {
  const metrics = new Metrics();
  const response = Object.assign(new EventEmitter(), { statusCode });
  let passedOn = false;
  countRequests(metrics)(request as Request, response as unknown as Response, () => {
    passedOn = true;
  });
  expect(passedOn).toBe(true);
  response.emit('finish');
  return metrics.text();
}

describe('gateway > doors > countRequests', () => {
  it('names the route, never the path', async () => {
    const text = await counted(
      { method: 'POST', path: '/v2/models/secret/infer', route: { path: '/v2/models/:model/infer' } },
      422,
    );
    expect(text).toContain(
      'millrace_http_requests_total{method="POST",route="/v2/models/:model/infer",status="422"} 1',
    );
    expect(text).toContain(
      'millrace_http_request_duration_seconds_count{method="POST",route="/v2/models/:model/infer"} 1',
    );
    expect(text).not.toContain('secret');
  });

  it('puts everything that no route took under one label', async () => {
    expect(await counted({ method: 'GET', path: '/whatever' }, 404)).toContain(
      'millrace_http_requests_total{method="GET",route="none",status="404"} 1',
    );
  });
});
