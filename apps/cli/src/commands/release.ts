import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printRows, timeOf } from '../terminal/print';
import { printFollowed } from './approval';
import { dateOf } from './dataset';
import { followRelease } from './follow-release';
import { findOne, modelVersion, type Row } from './look-up';
import { released } from './status';

export function releaseCommands(program: Command): void {
  const release = program.command('release').description('What endpoints serve, and since when');
  release
    .command('propose <endpoint> <model:version>')
    .description('Let an endpoint serve a version; exit code 3 when it waits for something')
    .option('--reason <text>', 'why', '')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace release propose flights-late flights-late:2 --reason "trained on April too"\n  $ millrace release rollback flights-late\n  $ millrace release list flights-late --at 2026-11-01T12:00:00Z',
    )
    .action((endpoint: string, reference: string, options: { reason: string }) =>
      withContext(async (context) => {
        await findOne(context, 'endpoint', endpoint);
        const version = await modelVersion(context, reference);
        const { commandId } = await context.gateway.command('ProposeRelease', {
          endpoint,
          ...version,
          reason: options.reason,
        });
        const live = printFollowed(endpoint, await followRelease(context, endpoint, commandId));
        if (!live) process.exitCode = EXIT.check;
      }),
    );
  release
    .command('rollback <endpoint>')
    .description('Serve again what an earlier revision served')
    .option('--to <revision>', 'which one; the one before by default')
    .option('--reason <text>', 'why', '')
    .action((endpoint: string, options: { to?: string; reason: string }) =>
      withContext(async (context) => {
        await findOne(context, 'endpoint', endpoint);
        await context.gateway.command('RollBackRelease', {
          endpoint,
          toRevision: options.to ? Number(options.to) : null,
          reason: options.reason,
        });
        printDone(`${endpoint} serves ${released((await findOne(context, 'release', endpoint)).live)}`);
      }),
    );
  release
    .command('halt <endpoint>')
    .description('The kill switch: no model answers any more, until the next release or roll back')
    .option('--reason <text>', 'why', '')
    .action((endpoint: string, options: { reason: string }) =>
      withContext(async (context) => {
        await findOne(context, 'endpoint', endpoint);
        await context.gateway.command('HaltEndpoint', { endpoint, reason: options.reason });
        printDone(
          `${endpoint} is halted: requests are REJECTED / ENDPOINT_HALTED. Go on with millrace release rollback ${endpoint}`,
        );
      }),
    );
  release
    .command('list <endpoint>')
    .description('Every revision of an endpoint, or the one that was live at a moment')
    .option('--at <date>', 'only the revision that was live then')
    .option('--json', 'as JSON')
    .action((endpoint: string, options: OutputOptions & { at?: string }) =>
      withContext(async (context) => {
        await findOne(context, 'endpoint', endpoint);
        const history = ((await findOne(context, 'release', endpoint)).history ?? []) as Row[];
        const at = dateOf(options.at);
        const rows =
          at === null
            ? history
            : [history.findLast((one) => Number(one.since) <= at)].filter((one) => one !== undefined);
        if (at !== null && rows.length === 0) throw new CliError(`${endpoint} served nothing at ${timeOf(at)}.`);
        printRows(
          rows,
          {
            revision: (row) => row.revision,
            serves: (row) => released(row),
            since: (row) => timeOf(row.since),
            kind: (row) => row.kind,
            'granted by': (row) => row.grantedBy,
            'proposed by': (row) => row.proposedBy,
            reason: (row) => row.reason,
          },
          options,
        );
      }),
    );
}
