import { EndpointCreated, Topics } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { readFacts } from '../../reading/read-facts';
import type { Chapter } from '../scene';
import { nodeOf, type StoryNode } from '../story';

/** The endpoint that was asked: its topics are typed by the signature of the version that it was made from. */
export const endpointChapter: Chapter = async ({ context, endpoint }) => {
  const facts = await readFacts(context, Topics.endpoints, {
    records: [EndpointCreated],
    keep: ({ key, data }) => key === endpoint.endpoint && (data as EndpointCreated).major === endpoint.major,
  });
  return facts.slice(0, 1).map(endpointNode);
};

export function endpointNode(fact: Received<unknown>): StoryNode {
  const { endpoint, major, model, version, requestSchemaId, responseSchemaId, createdBy } =
    fact.data as EndpointCreated;
  const details = { shapedBy: `${model}:${version}`, requestSchemaId, responseSchemaId, createdBy };
  return nodeOf(fact, 'endpoint', `${endpoint}, major ${major}`, details);
}
