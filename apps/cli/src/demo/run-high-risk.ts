import { randomUUID } from 'node:crypto';
import { printFollowed } from '../commands/approval';
import { followRelease } from '../commands/follow-release';
import type { Row } from '../commands/look-up';
import { type Context, withContext } from '../platform/context';
import type { CliError } from '../terminal/cli-error';
import { printDone, printNote } from '../terminal/print';
import { firstResponse } from './flights-traffic';
import { type DemoOptions, found, theEndpoint, theJudgedData, theModel, theSource } from './run-demo';

/** The same flights as if people's work hung on the answer, with a model and an endpoint of their own. */
const CREWS = { model: 'flights-crews', endpoint: 'flights-crews' } as const;
const APPROVERS = ['approver-1', 'approver-2'];

/**
 * The path of a model of high risk: what its release lacks is said, whoever proposed and trained it may not approve it, and
 * two other people do. Every step looks first whether it was done before.
 */
export async function runHighRisk(context: Context, options: DemoOptions): Promise<void> {
  const dataset = await theJudgedData(context, await theSource(context), options);
  await theModel(context, dataset, CREWS.model);
  const endpoint = await theEndpoint(context, CREWS);
  if ((await found(context, 'release', CREWS.endpoint, 'endpoint'))?.live)
    printNote(`${CREWS.endpoint} was released before: millrace approval list --all shows who allowed it`);
  else await theTwoPeople(context);
  const { response, ms } = await firstResponse(context, endpoint, `demo-${randomUUID()}`);
  printDone(`first response: ${response.status} ${JSON.stringify(response.outputs)} in ${ms.toFixed(0)} ms`);
}

async function theTwoPeople(context: Context): Promise<void> {
  await context.gateway.command('ClassifyModel', {
    model: CREWS.model,
    riskClass: 'HIGH',
    reasons: ['It decides which crews are called in: a system for the allocation of tasks (EU AI Act, annex III, 4b).'],
    purpose: 'To plan stand-by crews of an airline; used by its dispatchers.',
  });
  printDone(`${CREWS.model} is of high risk`);
  const release = await theProposal(context);
  await theState(context, release);
  await context.gateway.command('AttachNotice', {
    model: CREWS.model,
    notice: 'Whether you are called in is proposed by a machine; a dispatcher decides. Ask for the reasons.',
  });
  printDone('the notice to crews is attached');
  await theRefusal(context, release);
  for (const actor of APPROVERS) {
    const { approvals, binding } = (await found(context, 'approval', release, 'release'))!;
    if ((approvals as Row[]).some(({ by }) => by === actor)) continue;
    const approval = { release, binding, reason: 'figures and notice read' };
    await withContext(({ gateway }) => gateway.command('ApproveRelease', approval), { as: actor });
    printDone(`${actor} approves`);
    await theState(context, release);
  }
}

async function theProposal(context: Context): Promise<string> {
  const waiting = (await found(context, 'release', CREWS.endpoint, 'endpoint'))?.pending as Row | null | undefined;
  if (waiting) return String(waiting.release);
  const { commandId } = await context.gateway.command('ProposeRelease', {
    ...CREWS,
    version: 1,
    reason: 'crews are planned by hand today',
  });
  return commandId;
}

async function theState(context: Context, release: string): Promise<void> {
  printFollowed(CREWS.endpoint, await followRelease(context, CREWS.endpoint, release));
}

/** Whoever runs this has trained the model and proposed the release. */
async function theRefusal(context: Context, release: string): Promise<void> {
  const approval = await found(context, 'approval', release, 'release');
  const refused = await context.gateway
    .command('ApproveRelease', { release, binding: approval?.binding, reason: 'my own work' })
    .then(() => null)
    .catch((error: CliError) => error);
  printNote(refused ? `refused: ${refused.message}` : 'an approval of your own counts here: see millrace policy show');
}
