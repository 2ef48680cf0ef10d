import { allTopics, Topics, topicNamed } from './catalogue';
import { endpointTopics } from './dynamic';
import type { TopicClass, TopicDefinition } from './topic';

const COVERED: ReadonlySet<TopicClass> = new Set(['facts', 'requests', 'responses', 'outcomes']);
const OF_AN_ENDPOINT = /^serve\.([a-z][a-z0-9-]{0,62})\.(requests|responses|outcomes)\.v([1-9]\d*)$/;

/** Whether the ledger covers a topic. Tree heads are chained instead; status topics hold nothing that counts a day later. */
export const isLedgered = (topic: Pick<TopicDefinition, 'name' | 'class'>): boolean =>
  COVERED.has(topic.class) && topic.name !== Topics.treeHeads.name;

/** The topics that exist from the start and that the ledger covers. */
export const ledgeredFacts: readonly TopicDefinition[] = allTopics.filter(isLedgered);

/** The topics of one major of an endpoint that the ledger covers. */
export function ledgeredOfEndpoint(endpoint: string, major: number): readonly TopicDefinition[] {
  return Object.values(endpointTopics(endpoint, major)).filter(isLedgered);
}

/** What the ledger covers under this name; undefined when it covers no such topic. */
export function ledgeredNamed(name: string): TopicDefinition | undefined {
  const [, endpoint, kind, major] = OF_AN_ENDPOINT.exec(name) ?? [];
  if (endpoint !== undefined) return endpointTopics(endpoint, Number(major))[kind as 'requests'];
  const known = topicNamed(name);
  return known !== undefined && isLedgered(known) ? known : undefined;
}
