import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { type OutputOptions, printDetails, printDone, printJson, printRows } from '../terminal/print';
import { findOne, listAll, modelVersion, type Row } from './look-up';

export function endpointCommands(program: Command): void {
  const endpoint = program.command('endpoint').description('Endpoints: a request topic and a response topic each');
  endpoint
    .command('create <name>')
    .description('Make an endpoint, shaped by the signature of a model version')
    .requiredOption('--from <model:version>', 'the version whose signature shapes it')
    .option('--major <n>', 'major of its topics', '1')
    .option('--partitions <n>', 'partitions of requests and responses', '4')
    .option('--description <text>', 'what it answers', '')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace endpoint create flights-late --from flights-late:1\n  $ millrace endpoint create flights-late --from flights-late:2 --major 2\n  $ millrace endpoint create fraud --from fraud@champion --partitions 8',
    )
    .action(
      (
        name: string,
        options: { from: string; major: string; partitions: string; description: string; json?: boolean },
      ) =>
        withContext(async (context) => {
          const from = await modelVersion(context, options.from);
          await context.gateway.command('CreateEndpoint', {
            endpoint: name,
            ...from,
            major: Number(options.major),
            partitions: Number(options.partitions),
            description: options.description,
          });
          const made = await findOne(context, 'endpoint', name);
          const major = (made.majors as Row[]).at(-1)!;
          if (options.json) printJson(made);
          else
            printDone(
              `endpoint ${name}: requests to ${major.requestsTopic} (schema id ${major.requestSchemaId}), responses on ${major.responsesTopic}`,
            );
        }),
    );
  endpoint
    .command('list')
    .description('Every endpoint')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) =>
        printRows(
          await listAll(context, 'endpoint'),
          {
            endpoint: (row) => row.endpoint,
            status: (row) => row.status,
            majors: (row) => (row.majors as Row[]).length,
            requests: (row) => (row.majors as Row[]).at(-1)?.requestsTopic,
            description: (row) => row.description,
          },
          options,
        ),
      ),
    );
  endpoint
    .command('show <name>')
    .description('One endpoint: topics, schemas, signature')
    .option('--json', 'as JSON')
    .action((name: string, options: OutputOptions) =>
      withContext(async (context) => printDetails(await findOne(context, 'endpoint', name), options)),
    );
  endpoint
    .command('retire <name>')
    .description('Answer every request with REJECTED / ENDPOINT_RETIRED from now on')
    .option('--reason <text>', 'why', '')
    .requiredOption('--yes', 'it cannot be undone: say that you mean it')
    .action((name: string, options: { reason: string }) =>
      withContext(async (context) => {
        await findOne(context, 'endpoint', name);
        await context.gateway.command('RetireEndpoint', { endpoint: name, reason: options.reason });
        printDone(`${name} is retired`);
      }),
    );
}
