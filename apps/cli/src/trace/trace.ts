import { EndpointCreated, type PredictionRequest, Topics } from '@millrace/contracts';
import { schemaIdOf } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { unknownEndpoint } from '../reading/endpoint-facts';
import { readFacts } from '../reading/read-facts';
import { RecordFeed } from '../reading/record-feed';
import { endpointReaders } from '../replay/join-partition';
import { CliError } from '../terminal/cli-error';
import { CHAPTERS } from './chapters';
import { type FoundRecord, findRequest, findResponse, type SearchOptions } from './find-response';
import type { Scene } from './scene';
import type { Story, StoryNode } from './story';
import { tellCauses } from './tell-causes';

export interface TraceOptions {
  readonly requestId: string;
  /** Null looks at all. */
  readonly endpoint: string | null;
  readonly since: number;
  /** As the user wrote it, for sentences. */
  readonly within: string;
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** Tells the whole story of a request from topics alone: no gateway, no table. @throws CliError UNKNOWN_REQUEST. */
export async function trace(context: Context, options: TraceOptions): Promise<Story> {
  const { since } = options;
  const endpoints = await endpointsOf(context, options.endpoint);
  const looking = (what: string): SearchOptions => ({
    requestId: options.requestId,
    endpoints,
    since,
    onProgress: (done, total) => options.onProgress(what, done, total),
  });
  const response = await findResponse(context, looking('responses'));
  const request = response ? await requestOf(context, response) : await findRequest(context, looking('requests'));
  const found = response ?? request;
  if (!found) throw unknownRequest(options, endpoints);
  const { requestId } = found.data;
  const notes: string[] = [];
  if (requestId !== options.requestId)
    notes.push(`this is ${requestId}; another row of the same call has another number behind the #`);
  if (!response) notes.push('there is no response yet: millrace status shows whether inference runs');
  if (!request) notes.push('the request itself was taken by retention');
  if (found.times > 1) notes.push(`the id was sent more than once: this is the newest of ${found.times} found`);
  const nodes: StoryNode[] = [];
  const { endpoint } = found;
  const scene: Scene = { context, requestId, endpoint, request, response, nodes, note: (text) => notes.push(text) };
  // A data set of labelled examples comes from an endpoint, perhaps the one that was asked: it is told once.
  for (const chapter of CHAPTERS)
    nodes.push(...(await chapter(scene)).filter(({ id }) => !nodes.some((known) => known.id === id)));
  return { requestId, endpoint: endpoint.endpoint, nodes: tellCauses(nodes), notes };
}

async function endpointsOf(context: Context, name: string | null): Promise<EndpointCreated[]> {
  const facts = await readFacts(context, Topics.endpoints, { records: [EndpointCreated] });
  const all = facts.map(({ data }) => data as EndpointCreated);
  const wanted = all.filter(({ endpoint }) => name === null || endpoint === name);
  if (wanted.length === 0) throw unknownEndpoint(name ?? '', [...new Set(all.map(({ endpoint }) => endpoint))]);
  return wanted;
}

async function requestOf(
  context: Context,
  { endpoint, data }: NonNullable<Awaited<ReturnType<typeof findResponse>>>,
): Promise<FoundRecord<PredictionRequest> | null> {
  const { requestPartition: partition, requestOffset: offset } = data;
  const kafka = await context.kafka();
  const topic = endpoint.requestsTopic;
  if (offset < ((await kafka.admin.startOffsets(topic)).get(partition) ?? 0)) return null;
  const feed = new RecordFeed(kafka, topic, partition, offset, offset + 1);
  try {
    if (!(await feed.more())) return null;
    const { buffer, valueStart, valueEnd, keyStart, keyEnd, timestamp } = feed.at;
    const value = valueStart < 0 ? null : buffer.subarray(valueStart, valueEnd);
    const schemaId = schemaIdOf(value);
    const request = await endpointReaders(await context.schemas(), endpoint).requests.read(value);
    const key = keyStart < 0 ? null : buffer.toString('utf8', keyStart, keyEnd);
    return { endpoint, place: { topic, partition, offset }, at: timestamp, key, schemaId, data: request, times: 1 };
  } finally {
    await feed.close();
  }
}

function unknownRequest({ requestId, within }: TraceOptions, endpoints: readonly EndpointCreated[]): CliError {
  const names = [...new Set(endpoints.map(({ endpoint }) => endpoint))].join(', ');
  return new CliError(
    `No request and no response of the last ${within} on ${names} has the id ${requestId}. Look further back with --within, for example 30d; millrace dlq list shows requests that did not decode.`,
    1,
    'UNKNOWN_REQUEST',
  );
}
