import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDetails, printDone, printJson, printRows, timeOf } from '../terminal/print';
import { findOne, listAll, majorOf, type Row } from './look-up';
import { verdictCommands } from './verdict';

export function datasetCommands(program: Command): void {
  const dataset = program.command('dataset').description('Data sets, cut from topics');
  dataset
    .command('snapshot [source]')
    .description('Cut a data set from the accepted records of a source, or from the labelled examples of an endpoint')
    .option('--endpoint <name>', 'features and outcomes of its labelled examples, column outcome is the label')
    .option('--major <n>', 'with --endpoint: major of its topics; the newest by default')
    .option('--hold-out <share>', 'share of the rows, the latest by event time, that is held out', '0.25')
    .option('--hold-out-from <date>', 'event time at which the hold-out set begins; wins over the share')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace dataset snapshot flights\n  $ millrace dataset snapshot flights --hold-out-from 2001-04-01\n  $ millrace dataset snapshot --endpoint flights-late\n  $ millrace dataset snapshot flights --json | jq .digest',
    )
    .action((source: string | undefined, options: SnapshotOptions) =>
      withContext(async (context) => {
        const cut = await snapshot(context, {
          source: await snapshotSource(context, source, options),
          holdOutFraction: Number(options.holdOut),
          holdOutFrom: dateOf(options.holdOutFrom),
        });
        if (options.json) printJson(cut);
        else
          printDone(
            `${cut.dataset}: ${cut.rows} rows, digest ${String(cut.digest).slice(0, 16)}..., hold-out set from ${timeOf(cut.holdOutFrom)}`,
          );
      }),
    );
  dataset
    .command('list')
    .description('Every data set')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) =>
        printRows(
          await withVerdicts(context),
          {
            'data set': (row) => row.dataset,
            rows: (row) => row.rows,
            'held out': (row) => (row.holdOut as Row).rows,
            verdict: (row) => row.verdict,
            digest: (row) => String(row.digest).slice(0, 16),
            cut: (row) => timeOf(row.occurredAt),
          },
          options,
        ),
      ),
    );
  dataset
    .command('show <data-set>')
    .description('One data set: topic, offsets, digest, parts')
    .option('--json', 'as JSON')
    .action((name: string, options: OutputOptions) =>
      withContext(async (context) => printDetails(await findOne(context, 'dataset', name), options)),
    );
  verdictCommands(dataset);
}

interface SnapshotOptions {
  readonly holdOut: string;
  readonly holdOutFrom?: string;
  readonly endpoint?: string;
  readonly major?: string;
  readonly json?: boolean;
}

/** What the command names: a source, or one major of an endpoint. */
async function snapshotSource(
  context: Context,
  source: string | undefined,
  { endpoint, major }: SnapshotOptions,
): Promise<string> {
  if ((source === undefined) === (endpoint === undefined))
    throw new CliError('Name a source, or an endpoint with --endpoint: one of the two.', EXIT.usage);
  if (endpoint === undefined) {
    await findOne(context, 'source', source!);
    return source!;
  }
  const wanted = major === undefined ? null : Number(major);
  return `${endpoint}.v${majorOf(await findOne(context, 'endpoint', endpoint), wanted)}`;
}

async function withVerdicts(context: Context): Promise<Row[]> {
  const verdicts = new Map((await listAll(context, 'verdict')).map((row) => [row.dataset, row.verdict]));
  return (await listAll(context, 'dataset')).map((row) => ({
    ...row,
    verdict: verdicts.get(row.dataset) ?? 'PENDING',
  }));
}

/** Cuts a data set and waits for it. */
export async function snapshot(
  context: Context,
  body: { source: string; holdOutFraction?: number; holdOutFrom?: number | null },
): Promise<Row> {
  const answer = await context.gateway.command('SnapshotDataset', body, 600_000);
  const name = answer.facts?.find((fact) => fact.record.endsWith('DatasetRegistered'))?.key;
  return findOne(context, 'dataset', String(name));
}

export function dateOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new CliError(`"${text}" is no date: write 2001-04-01 or 2001-04-01T00:00:00Z.`, EXIT.usage);
  return ms;
}
