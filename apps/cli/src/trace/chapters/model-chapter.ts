import { type LearnerLineage, LearnerSnapshotTaken, ModelVersionRegistered, Topics } from '@millrace/contracts';
import { readFacts } from '../../reading/read-facts';
import type { Chapter, Scene } from '../scene';
import { missingNode, nodeOf, type StoryNode } from '../story';
import { datasetStory } from './dataset-nodes';
import { runNodes } from './run-nodes';

/** Version, run or snapshot of a learner, verdict, data set and source of the model that decided: the lineage, from the facts that name each other. */
export const modelChapter: Chapter = async ({ context, response }) => {
  const decision = response?.data.decision;
  if (!decision) return [];
  const title = `${decision.model}:${decision.version}`;
  const facts = await readFacts(context, Topics.models, {
    records: [ModelVersionRegistered],
    keep: ({ key, data }) => key === decision.model && (data as ModelVersionRegistered).version === decision.version,
  });
  const fact = facts[0];
  if (!fact) return [missingNode('version', title, Topics.models.name)];
  const version = fact.data as ModelVersionRegistered;
  const { run, dataset, learner, artifact, origin, registeredBy, metrics } = version;
  const lineage: StoryNode[] = [];
  const data = dataset === null ? null : await datasetStory(context, dataset);
  if (data) lineage.push(...data.nodes);
  if (run !== null) lineage.unshift(...(await runNodes(context, run, data ? [data.fit] : [])));
  if (learner !== null) lineage.unshift(await snapshotNode(context, learner));
  const from = lineage[0] ? [lineage[0].id] : [];
  const details = {
    digest: artifact.digest,
    ...(artifact.digest === decision.modelDigest
      ? {}
      : { warning: `the response names another digest: ${decision.modelDigest}` }),
    origin,
    registeredBy,
    datasetDigest: version.datasetDigest,
    metrics,
  };
  return [nodeOf(fact, 'version', title, details, from), ...lineage];
};

async function snapshotNode(context: Scene['context'], { learner, offset }: LearnerLineage): Promise<StoryNode> {
  const facts = await readFacts(context, Topics.learners, {
    records: [LearnerSnapshotTaken],
    keep: ({ key, data }) => key === learner && (data as LearnerSnapshotTaken).offset === offset,
  });
  const title = `${learner} at offset ${offset}`;
  if (!facts[0]) return missingNode('snapshot', title, Topics.learners.name);
  const { endpoint, stateHash, taken, learned, parity, scores } = facts[0].data as LearnerSnapshotTaken;
  return nodeOf(facts[0], 'snapshot', title, { endpoint, stateHash, taken, learned, parity, scores });
}
