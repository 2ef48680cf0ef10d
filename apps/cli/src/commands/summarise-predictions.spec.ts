import type { PredictionResponse } from '@millrace/contracts';
import { summarise } from './summarise-predictions';

const answered = (status: PredictionResponse['status'], latencyMs: number) => ({
  response: { status } as PredictionResponse,
  latencyMs,
});

describe('cli > summarise', () => {
  it('counts statuses and gives quantiles by nearest rank', () => {
    const all = Array.from({ length: 100 }, (_, index) => answered(index < 98 ? 'PREDICTED' : 'REJECTED', index + 1));
    expect(summarise(all, 101)).toMatchObject({
      sent: 101,
      answered: 100,
      statuses: { PREDICTED: 98, REJECTED: 2 },
      'p50 ms': 50,
      'p95 ms': 95,
      'p99 ms': 99,
      'max ms': 100,
    });
  });

  it('bears that nothing came back', () => {
    expect(summarise([], 3)).toMatchObject({ answered: 0, 'p99 ms': 0 });
  });
});
