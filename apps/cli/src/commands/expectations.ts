import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printJson, printNote, printRows } from '../terminal/print';
import { findDatasetSource, findOne, type Row } from './look-up';

export function expectationsCommands(program: Command): void {
  const expectations = program
    .command('expectations')
    .description('What the data sets of a source, or of the labelled examples of an endpoint, are judged by');
  expectations
    .command('show <source>')
    .description('The expectations in force: defined by you and derived from accepted data sets')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace expectations show flights\n  $ millrace expectations show flights-late.v1\n  $ millrace expectations show flights --json | jq .digest',
    )
    .action((source: string, options: OutputOptions) =>
      withContext(async (context) => {
        await findDatasetSource(context, source);
        const set = await findOne(context, 'expectations', source);
        if (options.json) {
          printJson(set);
          return;
        }
        printRows(
          set.expectations as Row[],
          {
            id: (row) => row.id,
            demands: (row) => demandOf(row),
            tolerance: (row) => row.tolerance,
            severity: (row) => row.severity,
            owner: (row) => row.owner,
            basis: (row) => row.basis,
          },
          {},
        );
        printNote(`set ${set.set}, digest ${set.digest}${set.label ? `, label ${set.label}` : ''}`);
      }),
    );
  expectations
    .command('define <source>')
    .description('Replace what you demand of its data sets; what was derived stays')
    .requiredOption('--file <file>', 'JSON: {"label"?, "expectations": [{"id", "kind", "column", ...}]}')
    .addHelpText(
      'after',
      `
Kinds: NOT_NULL, BETWEEN, IN_SET, TYPE, MATCHES, UNIQUE, ROW_COUNT, MEAN_BETWEEN, MISSING_RATE, SQL, DRIFT.
Each has id, column and severity (ERROR or WARNING); min, max, values, pattern, sql and tolerance as the kind asks.
Bounds of times and dates are milliseconds since 1970, booleans are true (1) and false (0), lists and records their JSON text.

Examples:
  $ millrace expectations define flights --file expectations.json
  $ millrace expectations define flights-late.v1 --file expectations.json     # of its labelled examples; the label is outcome
  $ echo '{"label":"delay","expectations":[{"id":"short","kind":"SQL","sql":"delay < 2000"}]}' > e.json && millrace expectations define flights --file e.json`,
    )
    .action((source: string, options: { file: string }) =>
      withContext(async (context) => {
        await findDatasetSource(context, source);
        const body = await readJson(options.file);
        await context.gateway.command('DefineExpectations', { ...body, source });
        const set = await findOne(context, 'expectations', source);
        printDone(`${set.set}: ${(set.expectations as Row[]).length} expectations, digest ${set.digest}`);
      }),
    );
}

export function demandOf({ kind, column, min, max, values, pattern, sql }: Row): string {
  const range = `${figure(min)}..${figure(max)}`;
  switch (kind) {
    case 'BETWEEN':
      return `${column} in ${range}`;
    case 'MEAN_BETWEEN':
      return `mean of ${column} in ${range}`;
    case 'ROW_COUNT':
      return `rows in ${range}`;
    case 'MISSING_RATE':
      return `${column} missing in at most ${figure(max)}`;
    case 'DRIFT':
      return `PSI of ${column} at most ${figure(max)} beyond chance`;
    case 'IN_SET':
      return `${column} one of ${short(values as string[])}`;
    case 'TYPE':
      return `${column} is ${(values as string[]).join(' or ')}`;
    case 'MATCHES':
      return `${column} matches ${pattern}`;
    case 'SQL':
      return String(sql);
    default:
      return `${column} ${kind === 'UNIQUE' ? 'unique' : 'not null'}`;
  }
}

const figure = (value: unknown): string => (typeof value === 'number' ? String(Number(value.toPrecision(6))) : '');

const short = (values: readonly string[]): string =>
  values.length <= 4 ? values.join(', ') : `${values.slice(0, 3).join(', ')} ... (${values.length})`;

async function readJson(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new CliError(`The expectations ${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  }
}
