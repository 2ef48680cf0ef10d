import type { KafkaRecord } from '@millrace/messaging';
import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { readTail } from '../platform/read-tail';
import { decodeRecord } from '../platform/record-codec';
import { CliError } from '../terminal/cli-error';
import { nearestName } from '../terminal/nearest-name';
import { printJson } from '../terminal/print';

interface TailOptions {
  readonly last: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function topicCommands(program: Command): void {
  const topic = program.command('topic').description('Topics and their records');
  topic
    .command('tail <topic>')
    .description('The last records of a topic, decoded')
    .option('-n, --last <count>', 'how many', '10')
    .option('-f, --follow', 'go on with what comes; Ctrl-C ends it')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace topic tail registry.releases.v1\n  $ millrace topic tail serve.flights-late.responses.v1 -n 3 --json\n  $ millrace topic tail data.flights.quarantine.v1 -f',
    )
    .action((name: string, options: TailOptions) =>
      withContext(async (context) => {
        await mustExist(context, name);
        const kafka = await context.kafka();
        for await (const record of readTail(kafka, name, {
          last: Number(options.last),
          follow: options.follow ?? false,
        }))
          await show(context, record, options.json ?? false);
      }),
    );
  topic
    .command('list')
    .description('Every topic')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) =>
      withContext(async (context) => {
        const names = (await (await context.kafka()).admin.listTopics()).sort();
        if (options.json) printJson(names);
        else for (const name of names) process.stdout.write(`${name}\n`);
      }),
    );
}

async function mustExist(context: Context, name: string): Promise<void> {
  const { admin } = await context.kafka();
  if ((await admin.partitionsOf(name)).length > 0) return;
  const nearest = nearestName(name, await admin.listTopics());
  throw new CliError(`There is no topic ${name}.${nearest ? ` Did you mean ${nearest}?` : ''}`);
}

async function show(context: Context, record: KafkaRecord, json: boolean): Promise<void> {
  const decoded = await decodeRecord(await context.schemas(), record.value).catch((error: Error) => ({
    name: 'undecodable',
    data: { reason: error.message, bytes: record.value?.toString('hex').slice(0, 200) ?? null },
  }));
  const { partition, offset, timestamp } = record;
  const key = record.key?.toString('utf8') ?? null;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ partition, offset, timestamp, key, record: decoded.name, data: decoded.data })}\n`,
    );
  else
    process.stdout.write(
      `${new Date(timestamp).toISOString()} ${partition}/${offset} ${key ?? '-'} ${decoded.name}\n  ${JSON.stringify(decoded.data)}\n`,
    );
}
