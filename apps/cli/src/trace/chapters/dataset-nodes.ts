import {
  DatasetJudged,
  DatasetRegistered,
  EndpointCreated,
  endpointFamily,
  SourceRegistered,
  Topics,
  VerdictOverridden,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import type { Context } from '../../platform/context';
import { readFacts } from '../../reading/read-facts';
import { missingNode, nodeOf, type StoryNode } from '../story';
import { endpointNode } from './endpoint-chapter';

/** A data set, what was said of it before anybody could train on it, and where its records came from. */
export interface DatasetStory {
  /** The data set first. */
  readonly nodes: readonly StoryNode[];
  /** What a run rests on: the last word on the data set, or the data set itself where nobody judged it. */
  readonly fit: string;
}

export async function datasetStory(context: Context, name: string): Promise<DatasetStory> {
  const facts = await readFacts(context, Topics.datasets, {
    records: [DatasetRegistered],
    keep: ({ key }) => key === name,
  });
  const fact = facts[0];
  if (!fact) {
    const node = missingNode('data set', name, Topics.datasets.name);
    return { nodes: [node], fit: node.id };
  }
  const data = fact.data as DatasetRegistered;
  const { topic, ranges, rows, digest, holdOut, requestedBy, schemaId } = data;
  const origin = await originNode(context, data.source);
  const offsets = ranges.map(({ partition, from, to }) => `${topic}/${partition} ${from} to ${to}`);
  const details = { rows, heldOut: holdOut.rows, digest, offsets, schemaId, requestedBy };
  const dataset = nodeOf(fact, 'data set', name, details, [origin.id]);
  const verdicts = await verdictNodes(context, name, dataset.id);
  return { nodes: [dataset, ...verdicts, origin], fit: verdicts.at(-1)?.id ?? dataset.id };
}

/** The verdict, and who let a rejected one be trained on after all: each rests on what was said before. */
async function verdictNodes(context: Context, name: string, datasetId: string): Promise<StoryNode[]> {
  const facts = await readFacts(context, Topics.verdicts, {
    records: [DatasetJudged, VerdictOverridden],
    keep: ({ key }) => key === name,
  });
  const nodes: StoryNode[] = [];
  for (const fact of facts) nodes.push(verdictNode(fact, [nodes.at(-1)?.id ?? datasetId]));
  return nodes;
}

function verdictNode(fact: Received<unknown>, from: readonly string[]): StoryNode {
  if (fact.record === VerdictOverridden.fullName) {
    const { by, reason } = fact.data as VerdictOverridden;
    return nodeOf(fact, 'verdict', `OVERRIDDEN by ${by}`, { reason }, from);
  }
  const { verdict, expectationSet, expectationsDigest, broken, suspicions, datasetDigest } = fact.data as DatasetJudged;
  const details = {
    datasetDigest,
    expectationSet,
    expectationsDigest,
    broken: broken.map(({ reason }) => reason),
    suspicions: suspicions.map(({ reason }) => reason),
  };
  return nodeOf(fact, 'verdict', verdict, details, from);
}

/** The source of accepted records, or the endpoint whose labelled examples were cut: those are named with a dot. */
async function originNode(context: Context, source: string): Promise<StoryNode> {
  if (!source.includes('.')) return sourceNode(context, source);
  const facts = await readFacts(context, Topics.endpoints, {
    records: [EndpointCreated],
    keep: ({ data }) => endpointFamily(data as EndpointCreated) === source,
  });
  return facts[0] ? endpointNode(facts[0]) : missingNode('endpoint', source, Topics.endpoints.name);
}

async function sourceNode(context: Context, source: string): Promise<StoryNode> {
  const facts = await readFacts(context, Topics.sources, {
    records: [SourceRegistered],
    keep: ({ key }) => key === source,
  });
  if (!facts[0]) return missingNode('source', source, Topics.sources.name);
  const { owner, licence, schemaId, proposedFrom, registeredBy } = facts[0].data as SourceRegistered;
  return nodeOf(facts[0], 'source', source, { owner, licence, schemaId, proposedFrom, registeredBy });
}
