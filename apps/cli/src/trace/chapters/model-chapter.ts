import {
  DatasetRegistered,
  type LearnerLineage,
  LearnerSnapshotTaken,
  ModelVersionRegistered,
  SourceRegistered,
  Topics,
} from '@millrace/contracts';
import { readFacts } from '../../reading/read-facts';
import type { Chapter, Scene } from '../scene';
import { missingNode, nodeOf, type StoryNode } from '../story';
import { runNodes } from './run-nodes';

/** Version, run or snapshot of a learner, data set and source of the model that decided: the lineage, from the facts that name each other. */
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
  if (dataset !== null) lineage.push(...(await datasetNodes(context, dataset)));
  const datasetId = lineage[0]?.id;
  if (run !== null) lineage.unshift(...(await runNodes(context, run, datasetId === undefined ? [] : [datasetId])));
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

async function datasetNodes(context: Scene['context'], name: string): Promise<StoryNode[]> {
  const facts = await readFacts(context, Topics.datasets, {
    records: [DatasetRegistered],
    keep: ({ key }) => key === name,
  });
  const fact = facts[0];
  if (!fact) return [missingNode('data set', name, Topics.datasets.name)];
  const { source, topic, ranges, rows, digest, holdOut, requestedBy, schemaId } = fact.data as DatasetRegistered;
  const sources = await readFacts(context, Topics.sources, {
    records: [SourceRegistered],
    keep: ({ key }) => key === source,
  });
  const origin = sources[0] ? sourceNode(sources[0]) : missingNode('source', source, Topics.sources.name);
  const offsets = ranges.map(({ partition, from, to }) => `${topic}/${partition} ${from} to ${to}`);
  const details = { rows, heldOut: holdOut.rows, digest, offsets, schemaId, requestedBy };
  return [nodeOf(fact, 'data set', name, details, [origin.id]), origin];
}

function sourceNode(fact: Parameters<typeof nodeOf>[0]): StoryNode {
  const { source, owner, licence, schemaId, proposedFrom, registeredBy } = fact.data as SourceRegistered;
  return nodeOf(fact, 'source', source, { owner, licence, schemaId, proposedFrom, registeredBy });
}
