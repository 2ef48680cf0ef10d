import { type TopicDefinition, Topics } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import type { Context } from '../platform/context';
import { readFacts } from '../reading/read-facts';
import { foldCard } from './fold-card';
import type { ModelCard } from './model-card';

const TOPICS: readonly TopicDefinition[] = [
  Topics.models,
  Topics.risks,
  Topics.runs,
  Topics.learners,
  Topics.endpoints,
  Topics.datasets,
  Topics.sources,
  Topics.verdicts,
  Topics.releases,
  Topics.approvals,
];

/** The card as the log says it now. @returns null when no fact speaks of the version */
export async function readCard(context: Context, model: string, version: number): Promise<ModelCard | null> {
  const facts: Received<unknown>[] = [];
  for (const topic of TOPICS) facts.push(...(await readFacts(context, topic)));
  return foldCard(facts, model, version);
}
