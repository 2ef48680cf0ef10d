import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { type OutputOptions, printDone, printJson, printNote, printRows, textOf, timeOf } from '../terminal/print';
import { findOne, listAll, type Row, untilThere } from './look-up';

export interface Finding {
  readonly severity?: string;
  readonly grave?: boolean;
  readonly reason: string;
}

/** What validation says about data sets: the commands that `millrace dataset` has beside cutting and listing. */
export function verdictCommands(dataset: Command): void {
  dataset
    .command('profile <data-set>')
    .description('What is in a data set, and whether it may be trained on')
    .option('--json', 'the whole profile, as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace dataset profile flights:1\n  $ millrace dataset profile flights:1 --json | jq .correlations',
    )
    .action((name: string, options: OutputOptions) =>
      withContext(async (context) => {
        await findOne(context, 'dataset', name);
        const verdict = await verdictOn(context, name);
        if (verdict.profile === null) {
          if (options.json) printJson(verdict);
          else printVerdict(name, verdict);
          return;
        }
        const profile = await context.gateway.get<Row>(`/api/v1/datasets/${encodeURIComponent(name)}/profile`);
        if (options.json) printJson(profile);
        else printProfile(name, profile, verdict);
      }),
    );
  dataset
    .command('override <data-set>')
    .description('Answer for a rejected data set, so that it may be trained on')
    .requiredOption('--reason <text>', 'why; it stays on the log')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace dataset override flights:2 --reason "two airports have opened, the vocabulary is right"\n  $ millrace dataset override flights:2 --reason "known outage in March" --json',
    )
    .action((name: string, options: { reason: string; json?: boolean }) =>
      withContext(async (context) => {
        await findOne(context, 'dataset', name);
        await context.gateway.command('OverrideVerdict', { dataset: name, reason: options.reason });
        const verdict = await findOne(context, 'verdict', name);
        if (options.json) printJson(verdict);
        else printDone(`${name} may be trained on: ${options.reason}`);
      }),
    );
}

/** The verdict on a data set, once there is one. */
export const verdictOn = (context: Context, dataset: string, timeoutMs = 900_000): Promise<Row> =>
  untilThere(
    async () => (await listAll(context, 'verdict')).find((row) => row.dataset === dataset) ?? null,
    `The verdict on ${dataset}`,
    timeoutMs,
  );

/** Everything that speaks against a data set, what rejects it first. */
export function findingsOf(verdict: Row): Finding[] {
  const all = [...(verdict.broken as Finding[]), ...(verdict.suspicions as Finding[])];
  return [...all.filter(rejects), ...all.filter((one) => !rejects(one))];
}

export const rejects = ({ severity, grave }: Finding): boolean => severity === 'ERROR' || grave === true;

function printProfile(name: string, profile: Row, verdict: Row): void {
  printRows(
    profile.columns as Row[],
    {
      column: (row) => row.name,
      kind: (row) => row.kind,
      missing: (row) => row.missing,
      distinct: (row) => `${row.exact ? '' : '~'}${row.distinct}`,
      min: (row) => (row.kind === 'time' ? timeOf(row.min) : textOf(row.min)),
      median: (row) => medianOf(row),
      max: (row) => (row.kind === 'time' ? timeOf(row.max) : textOf(row.max)),
      mean: (row) => textOf(row.mean),
      sd: (row) => textOf(row.sd),
      'most often': (row) => mostOften(row),
    },
    {},
  );
  const { share, sampledOneIn } = profile.repeatedRows as { share: number; sampledOneIn: number };
  const about = sampledOneIn === 1 ? '' : 'about ';
  printNote(`${profile.rows} rows, ${about}${(share * 100).toFixed(2)} % repeat another one`);
  printVerdict(name, verdict);
}

function printVerdict(name: string, verdict: Row): void {
  for (const finding of findingsOf(verdict)) printNote(`${rejects(finding) ? 'rejects' : 'warns'}: ${finding.reason}`);
  const by = verdict.override as { reason: string; by: string } | null;
  printDone(
    `${name} is ${verdict.verdict}${by ? ` by ${by.by}: ${by.reason}` : ''} (expectation set: ${verdict.expectationSet ?? 'none yet'})`,
  );
}

function mostOften({ top, kind }: Row): string {
  const value = (top as { value: unknown }[])[0]?.value;
  return kind === 'time' ? timeOf(value) : textOf(value);
}

function medianOf({ quantiles, kind }: Row): string {
  const median = (quantiles as Record<string, number> | null)?.['0.5'];
  return kind === 'time' && median !== undefined ? timeOf(Math.round(median)) : textOf(median);
}
