import { RunCompleted, RunPlanned, Topics } from '@millrace/contracts';
import type { Context } from '../../platform/context';
import { readFacts } from '../../reading/read-facts';
import { missingNode, nodeOf, type StoryNode } from '../story';

/** A training run: what came out of it first, then its plan. @param fit ids of the nodes that it rests on: the verdict, or the data set. */
export async function runNodes(context: Context, run: string, fit: readonly string[]): Promise<StoryNode[]> {
  const facts = await readFacts(context, Topics.runs, {
    records: [RunPlanned, RunCompleted],
    keep: ({ key }) => key === run,
  });
  const planned = facts.find(({ record }) => record === RunPlanned.fullName);
  const completed = facts.find(({ record }) => record === RunCompleted.fullName);
  const nodes: StoryNode[] = [];
  if (planned) {
    const { plan, planDigest, requestedBy } = planned.data as RunPlanned;
    const features = plan.features.map(({ name }) => name).join(', ');
    const details = { requestedBy, planDigest, task: plan.task, target: plan.target.column, features, seed: plan.seed };
    nodes.push(nodeOf(planned, 'plan', run, details, fit));
  }
  if (completed) {
    const { result, worker, attempt, verdict } = completed.data as RunCompleted;
    const { chosen, holdOut, baseline, trainerVersion } = result;
    const details = { chosen, holdOut, baseline, trainerVersion, worker, attempt, verdict };
    const from = nodes[0] ? [nodes[0].id] : fit;
    nodes.unshift(nodeOf(completed, 'run', run, details, from));
  }
  return nodes.length > 0 ? nodes : [missingNode('run', run, Topics.runs.name)];
}
