import type { PredictionResponse } from '@millrace/contracts';

/** Statuses and latencies (milliseconds from sending to the committed response being read). */
export function summarise(
  answered: readonly { readonly response: PredictionResponse; readonly latencyMs: number }[],
  sent: number,
): Record<string, unknown> {
  const statuses: Record<string, number> = {};
  for (const { response } of answered) statuses[response.status] = (statuses[response.status] ?? 0) + 1;
  const latencies = answered.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.ceil(share * latencies.length) - 1)] ?? 0;
  const ms = (value: number) => Number(value.toFixed(1));
  return {
    sent,
    answered: answered.length,
    statuses,
    'p50 ms': ms(at(0.5)),
    'p95 ms': ms(at(0.95)),
    'p99 ms': ms(at(0.99)),
    'max ms': ms(latencies.at(-1) ?? 0),
  };
}
