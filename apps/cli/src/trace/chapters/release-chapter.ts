import {
  ApprovalGranted,
  ReleaseActivated,
  ReleaseApproved,
  ReleaseGranted,
  ReleaseHalted,
  ReleaseProposed,
  Topics,
} from '@millrace/contracts';
import type { Context } from '../../platform/context';
import { readFacts } from '../../reading/read-facts';
import { type Chapter, nodesOfKind } from '../scene';
import { missingNode, nodeOf, type StoryNode } from '../story';

/** What was live when the request was decided, who wanted it and who let it: the release of the response's revision. */
export const releaseChapter: Chapter = async (scene) => {
  const revision = scene.response?.data.releaseRevision ?? 0;
  if (revision === 0) return [];
  const facts = await readFacts(scene.context, Topics.releases, { keep: ({ key }) => key === scene.endpoint.endpoint });
  const halted = facts.find(
    ({ record, data }) => record === ReleaseHalted.fullName && (data as ReleaseHalted).revision === revision,
  );
  if (halted) {
    const { by, reason } = halted.data as ReleaseHalted;
    return [nodeOf(halted, 'release', `revision ${revision}: halted by ${by}`, { by, reason })];
  }
  const activated = facts.find(
    ({ record, data }) => record === ReleaseActivated.fullName && (data as ReleaseActivated).revision === revision,
  );
  if (!activated) return [missingNode('release', `revision ${revision}`, Topics.releases.name)];
  const { release, arms, major, inputChecks } = activated.data as ReleaseActivated;
  const nodes: StoryNode[] = [];
  for (const fact of facts) {
    if ((fact.data as { release?: string }).release !== release) continue;
    if (fact.record === ReleaseProposed.fullName) {
      const { kind, model, version, reason, proposedBy } = fact.data as ReleaseProposed;
      nodes.push(nodeOf(fact, 'proposal', `${kind} to ${model}:${version} by ${proposedBy}`, { reason, proposedBy }));
    } else if (fact.record === ReleaseGranted.fullName) {
      const { by } = fact.data as ReleaseGranted;
      nodes.push(nodeOf(fact, 'grant', `by ${by}`, { by }));
    }
  }
  const title = `revision ${revision}: ${arms.map(({ arm, model, version, probability }) => `${arm} ${model}:${version} (${probability})`).join(', ')}`;
  nodes.push(...(await approvalsOf(scene.context, release)));
  const from = [...nodes.map(({ id }) => id), ...nodesOfKind(scene, 'version').map(({ id }) => id)];
  return [nodeOf(activated, 'release', title, { release, major, inputChecks }, from), ...nodes];
};

/** Who allowed it, and by which policy. Nobody was asked for a roll back, nor before approvals existed. */
async function approvalsOf(context: Context, release: string): Promise<StoryNode[]> {
  const facts = await readFacts(context, Topics.approvals, {
    records: [ApprovalGranted, ReleaseApproved],
    keep: ({ key }) => key === release,
  });
  return facts.map((fact) => {
    if (fact.record === ReleaseApproved.fullName) {
      const { by, reason, binding } = fact.data as ReleaseApproved;
      return nodeOf(fact, 'approval', `by ${by}`, { reason, binding });
    }
    const { riskClass, policy, binding, approvers } = fact.data as ApprovalGranted;
    return nodeOf(fact, 'approval', `granted by ${policy} to a model of class ${riskClass}`, { approvers, binding });
  });
}
