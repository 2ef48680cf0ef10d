import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EndpointCreated, PredictionRequest, PredictionResponse } from '@millrace/contracts';
import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { printDetails, printJson } from '../terminal/print';
import { progressBar } from '../terminal/progress';
import { findOne } from './look-up';
import { summarise } from './summarise-predictions';

interface PredictOptions {
  readonly data: string;
  readonly n: string;
  readonly rate: string;
  readonly summary?: boolean;
  readonly timeout: string;
  readonly json?: boolean;
}

export function predictCommand(program: Command): void {
  program
    .command('predict <endpoint>')
    .description('Put requests on the request topic and wait for their responses')
    .requiredOption('--data <json>', 'features as JSON, one object or one a line; @file or - for stdin')
    .option('-n <count>', 'send so many requests, going round the data', '1')
    .option('--rate <per-second>', 'requests a second; 0 = as fast as it goes', '0')
    .option('--summary', 'statuses and latencies instead of responses')
    .option('--timeout <seconds>', 'longest wait for the last response', '10')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace predict flights-late --data '{"origin":"SFO","destination":"JFK","distance":2586,"departure":988700000000}'
  $ millrace predict flights-late --data @requests.jsonl --json
  $ millrace predict flights-late --data @requests.jsonl -n 1000 --rate 200 --summary`,
    )
    .action((name: string, options: PredictOptions) => withContext((context) => predict(context, name, options)));
}

async function predict(context: Context, name: string, options: PredictOptions): Promise<void> {
  const view = await findOne(context, 'endpoint', name);
  const endpoint = (view.majors as EndpointCreated[]).at(-1)!;
  const features = await featuresFrom(options.data);
  if (features.length === 0)
    throw new CliError('The data is empty: give features as JSON, one object a line.', EXIT.usage);
  const count = Math.max(Number(options.n), options.n === '1' ? features.length : 1);
  const { EndpointClient } = await import('../platform/endpoint-client.js');
  const client = new EndpointClient(await context.kafka(), await context.schemas(), endpoint);
  const requests = Array.from({ length: count }, (_, index) => requestOf(features[index % features.length]!));
  const sentAt = new Map<string, number>();
  const responses = await exchange(context, client, requests, sentAt, options);
  show(requests, responses, sentAt, options);
}

const CHUNK = 1_000;

async function exchange(
  context: Context,
  client: import('../platform/endpoint-client').EndpointClient,
  requests: readonly PredictionRequest[],
  sentAt: Map<string, number>,
  options: PredictOptions,
): Promise<Map<string, { response: PredictionResponse; latencyMs: number }>> {
  const answered = new Map<string, { response: PredictionResponse; latencyMs: number }>();
  const stream = await client.listen();
  const bar = progressBar('predicting', 'responses');
  const sending = send(context, client, requests, sentAt, Number(options.rate));
  let lastSentBy = Number.POSITIVE_INFINITY;
  sending.then(
    () => {
      lastSentBy = Date.now();
    },
    () => {
      lastSentBy = Number.NEGATIVE_INFINITY;
    },
  );
  try {
    while (answered.size < requests.length && Date.now() < lastSentBy + Number(options.timeout) * 1_000) {
      for (const response of await stream.next()) {
        const at = sentAt.get(response.requestId);
        if (at !== undefined) answered.set(response.requestId, { response, latencyMs: performance.now() - at });
      }
      if (requests.length > 1) bar.update(answered.size, requests.length);
    }
    await sending;
  } finally {
    bar.stop();
    await stream.close();
  }
  return answered;
}

/** Open loop: requests leave when they are due, however long the answers take. */
async function send(
  context: Context,
  client: import('../platform/endpoint-client').EndpointClient,
  requests: readonly PredictionRequest[],
  sentAt: Map<string, number>,
  rate: number,
): Promise<void> {
  const producer = (await context.kafka()).idempotentProducer();
  const began = performance.now();
  const inFlight: Promise<unknown>[] = [];
  for (let next = 0; next < requests.length; ) {
    const due = rate === 0 ? next + CHUNK : Math.floor(((performance.now() - began) / 1_000) * rate) + 1;
    const chunk = requests.slice(next, Math.min(due, next + CHUNK));
    if (chunk.length > 0) {
      for (const { requestId } of chunk) sentAt.set(requestId, performance.now());
      const sent = producer.send(
        client.endpoint.requestsTopic,
        chunk.map((request) => client.record(request)),
      );
      if (rate === 0) await sent;
      else inFlight.push(sent);
      next += chunk.length;
    }
    if (rate > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(inFlight);
  await producer.close();
}

function show(
  requests: readonly PredictionRequest[],
  answered: ReadonlyMap<string, { response: PredictionResponse; latencyMs: number }>,
  sentAt: ReadonlyMap<string, number>,
  options: PredictOptions,
): void {
  const missing = requests.filter((request) => !answered.has(request.requestId)).length;
  if (options.summary) {
    const summary = summarise([...answered.values()], sentAt.size);
    if (options.json) printJson(summary);
    else printDetails(summary, {});
  } else {
    const responses = requests
      .map((request) => answered.get(request.requestId)?.response)
      .filter((one) => one !== undefined);
    printJson(responses.length === 1 ? responses[0] : responses);
  }
  if (missing > 0)
    throw new CliError(
      `${missing} of ${requests.length} requests have no response after ${options.timeout} s: millrace status shows whether inference runs.`,
      EXIT.check,
    );
  if ([...answered.values()].some(({ response }) => response.status !== 'PREDICTED')) process.exitCode = EXIT.check;
}

function requestOf(features: Record<string, unknown>): PredictionRequest {
  return {
    requestId: randomUUID(),
    eventTime: null,
    deadline: null,
    caller: null,
    features: features as PredictionRequest['features'],
  };
}

async function featuresFrom(data: string): Promise<Record<string, unknown>[]> {
  const text =
    data === '-'
      ? await stdin()
      : data.startsWith('@')
        ? await readFile(data.slice(1), 'utf8').catch(unreadable)
        : data;
  try {
    const trimmed = text.trim();
    if (trimmed.startsWith('[')) return JSON.parse(trimmed) as Record<string, unknown>[];
    return trimmed
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch (error) {
    throw new CliError(`The data is no JSON: ${(error as Error).message}`, EXIT.usage);
  }
}

function unreadable(error: Error): never {
  throw new CliError(`The data cannot be read: ${error.message}`, EXIT.usage);
}

async function stdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
