import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError } from '../terminal/cli-error';
import { type OutputOptions, printDone, printNote, printRows, timeOf } from '../terminal/print';
import { followRelease, type Missing } from './follow-release';
import { listAll, type Row } from './look-up';
import { released } from './status';

const AS = ['--as <actor>', 'with the key of this actor, from the folder where npm start keeps them'] as const;

export function approvalCommands(program: Command): void {
  const approval = program
    .command('approval')
    .description('Releases that wait for somebody, and what became of others');
  approval
    .command('list')
    .description('What waits, and what it lacks')
    .option('--all', 'also what was decided')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ millrace approval list\n  $ millrace approval list --all --json')
    .action((options: OutputOptions & { all?: boolean }) =>
      withContext(async (context) => {
        const rows = (await listAll(context, 'approval')).filter((row) => options.all || row.status === 'WAITING');
        printRows(
          rows,
          {
            release: (row) => row.release,
            endpoint: (row) => row.endpoint,
            version: (row) => `${row.model}:${row.version}`,
            class: (row) => row.riskClass,
            status: (row) => row.status,
            'proposed by': (row) => row.proposedBy,
            'approved by': (row) => (row.approvals as Row[]).map(({ by }) => by).join(', '),
            missing: (row) => (row.missing as Missing[]).map(({ what }) => what).join('; ') || row.reason,
            since: (row) => timeOf(row.requestedAt),
          },
          options,
        );
      }),
    );
  approval
    .command('approve <release>')
    .description('Allow a release that waits: its id, or the name of its endpoint')
    .option('--reason <text>', 'why', '')
    .option(...AS)
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace approval approve loans --reason "figures seen, notice read"\n  $ MILLRACE_API_KEY=... millrace approval approve loans\n  $ millrace approval approve loans --as approver-1',
    )
    .action((reference: string, options: { reason: string; as?: string }) =>
      withContext(
        async (context) => {
          const { release, endpoint, binding } = await waitingFor(context, reference);
          await context.gateway.command('ApproveRelease', { release, binding, reason: options.reason });
          printDone(`approved for ${endpoint}`);
          printFollowed(String(endpoint), await followRelease(context, String(endpoint), String(release)));
        },
        { as: options.as },
      ),
    );
  approval
    .command('reject <release>')
    .description('Forbid a release that waits, for good: its id, or the name of its endpoint')
    .requiredOption('--reason <text>', 'why; it stays on the log')
    .option(...AS)
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace approval reject loans --reason "no figures for people under 25"\n  $ millrace approval reject loans --reason "wait for the audit" --as approver-2',
    )
    .action((reference: string, options: { reason: string; as?: string }) =>
      withContext(
        async (context) => {
          const { release, endpoint } = await waitingFor(context, reference);
          await context.gateway.command('RejectRelease', { release, reason: options.reason });
          printDone(`rejected for ${endpoint}: ${options.reason}`);
        },
        { as: options.as },
      ),
    );
}

/** The one release that waits under this id, or for this endpoint. */
export async function waitingFor(context: Context, reference: string): Promise<Row> {
  const waiting = (await listAll(context, 'approval')).filter(({ status }) => status === 'WAITING');
  const found = waiting.find(({ release, endpoint }) => release === reference || endpoint === reference);
  if (found) return found;
  const those = waiting.map(({ release, endpoint }) => `${release} (${endpoint})`).join(', ');
  throw new CliError(
    `Nothing waits for approval as ${reference}.${those ? ` What waits: ${those}.` : ' Nothing waits at all.'}`,
    1,
    'UNKNOWN_APPROVAL',
  );
}

/** What became of a release: live, or waiting for what is named. @returns whether it is live */
export function printFollowed(endpoint: string, followed: Awaited<ReturnType<typeof followRelease>>): boolean {
  if ('live' in followed) {
    printDone(`${endpoint} serves ${released(followed.live)}`);
    return true;
  }
  printNote(`the release on ${endpoint} waits (policy ${followed.approval.policy}):`);
  for (const { what, next } of followed.missing) printNote(`  ${what}\n    ${next}`);
  return false;
}
