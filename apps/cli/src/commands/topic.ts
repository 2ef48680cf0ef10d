import type { Command } from 'commander';
import { withContext } from '../platform/context';
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
        const { tailTopic } = await import('../reading/tail-topic.js');
        await tailTopic(context, name, {
          last: Number(options.last),
          follow: options.follow ?? false,
          json: options.json ?? false,
        });
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
