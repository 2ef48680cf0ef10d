import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDetails, printDone, printJson, printRows } from '../terminal/print';
import { findOne, listAll } from './look-up';

interface AddOptions {
  readonly from?: string;
  readonly schema?: string;
  readonly owner?: string;
  readonly licence?: string;
  readonly description?: string;
  readonly key?: string;
  readonly eventTime?: string;
  readonly partitions: string;
  readonly privacy: string[];
  readonly rule: string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

export function sourceCommands(program: Command): void {
  const source = program.command('source').description('Sources of records');
  source
    .command('add <name>')
    .description('Make a source and its topics, with a schema proposed from a file or given')
    .option('--from <file>', 'CSV or Parquet file to propose the schema from')
    .option('--schema <file>', 'Avro schema (.avsc) instead of a proposal')
    .requiredOption('--owner <who>', 'who answers for the data')
    .requiredOption('--licence <id>', 'SPDX id or words')
    .option('--description <text>', 'what it is', '')
    .option('--key <field>', 'field whose text is the record key')
    .option('--event-time <field>', 'field that holds the time of the event')
    .option('--partitions <n>', 'partitions of its topics', '4')
    .option('--privacy <field=mark>', 'none, personal or pii; repeatable', collect, [])
    .option('--rule <rule>', 'column:between:min..max | column:not-null | column:in:a,b,c; repeatable', collect, [])
    .option('--dry-run', 'print what would be sent')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace source add flights --from flights.parquet --owner "data team" --licence CC0-1.0 --event-time date
  $ millrace source add sensors --schema sensor.avsc --owner ops --licence proprietary --rule temperature:between:-60..80
  $ millrace source add trips --from trips.csv --owner me --licence ODbL-1.0 --key trip_id --dry-run`,
    )
    .action((name: string, options: AddOptions) =>
      withContext(async (context) => {
        const body = {
          source: name,
          owner: options.owner,
          licence: options.licence,
          description: options.description,
          keyField: options.key ?? null,
          eventTimeField: options.eventTime ?? null,
          schema: await schemaFrom(name, options),
          privacy: Object.fromEntries(options.privacy.map(pair)),
          rules: options.rule.map((rule, index) => parseRule(rule, index, options.owner ?? '')),
          partitions: Number(options.partitions),
          proposedFrom: options.from ? path.basename(options.from) : null,
        };
        if (options.dryRun) {
          printJson(body);
          return;
        }
        await context.gateway.command('RegisterSource', body);
        const made = await findOne(context, 'source', name);
        if (options.json) printJson(made);
        else printDone(`source ${name}: write records to ${made.recordsTopic} (schema id ${made.schemaId})`);
      }),
    );
  source
    .command('list')
    .description('Every source')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) =>
        printRows(
          await listAll(context, 'source'),
          {
            source: (row) => row.source,
            owner: (row) => row.owner,
            licence: (row) => row.licence,
            topic: (row) => row.recordsTopic,
            'event time': (row) => row.eventTimeField,
          },
          options,
        ),
      ),
    );
  source
    .command('show <name>')
    .description('One source with its schema and rules')
    .option('--json', 'as JSON')
    .action((name: string, options: OutputOptions) =>
      withContext(async (context) => printDetails(await findOne(context, 'source', name), options)),
    );
}

async function schemaFrom(name: string, options: AddOptions): Promise<string> {
  if (options.schema)
    return readFile(options.schema, 'utf8').catch((error: Error) =>
      Promise.reject(new CliError(`The schema cannot be read: ${error.message}`, EXIT.usage)),
    );
  if (!options.from)
    throw new CliError('Say where the schema comes from: --from <file> or --schema <file.avsc>.', EXIT.usage);
  const { proposeSchema } = await import('@millrace/data');
  return JSON.stringify((await proposeSchema(options.from, name)).schema);
}

function pair(text: string): [string, string] {
  const [field, mark] = text.split('=');
  if (!field || !mark) throw new CliError(`--privacy takes field=mark, not "${text}".`, EXIT.usage);
  return [field, mark];
}

/** The short form of an expectation: `delay:between:-180..3000`, `origin:not-null`, `state:in:CA,NY`. */
export function parseRule(text: string, index: number, owner: string): Record<string, unknown> {
  const [column, kind, argument = ''] = text.split(':');
  const base = { id: `rule-${index + 1}`, column, severity: 'ERROR', owner, min: null, max: null, values: null };
  if (column && kind === 'not-null') return { ...base, kind: 'NOT_NULL' };
  if (column && kind === 'in' && argument) return { ...base, kind: 'IN_SET', values: argument.split(',') };
  const range = /^(-?[\d.]*)\.\.(-?[\d.]*)$/.exec(argument);
  if (column && kind === 'between' && range)
    return { ...base, kind: 'BETWEEN', min: bound(range[1]!), max: bound(range[2]!) };
  throw new CliError(
    `"${text}" is no rule: write column:between:min..max, column:not-null or column:in:a,b,c.`,
    EXIT.usage,
  );
}

const bound = (text: string): number | null => (text === '' ? null : Number(text));
