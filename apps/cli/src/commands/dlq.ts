import type { Command } from 'commander';
import { withContext } from '../platform/context';
import type { OutputOptions } from '../terminal/print';

export function dlqCommands(program: Command): void {
  const dlq = program.command('dlq').description('Dead letters and quarantined records');
  dlq
    .command('list [topic]')
    .description('How many there are and why; of one topic, the last records')
    .option('-n, --last <count>', 'records looked at per topic', '100')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace dlq list\n  $ millrace dlq list serve.flights-late.dead-letters.v1\n  $ millrace dlq show serve.flights-late.dead-letters.v1 0 12',
    )
    .action((topic: string | undefined, options: OutputOptions & { last: string }) =>
      withContext(async (context) => {
        const { listAll, listOne } = await import('../reading/dead-letters.js');
        if (topic) await listOne(context, topic, Number(options.last), options);
        else await listAll(context, Number(options.last), options);
      }),
    );
  dlq
    .command('show <topic> <partition> <offset>')
    .description('One dead letter, whole, with the original bytes')
    .option('--json', 'as JSON')
    .action((topic: string, partition: string, offset: string, options: OutputOptions) =>
      withContext(async (context) => {
        const { showOne } = await import('../reading/dead-letters.js');
        await showOne(context, topic, Number(partition), Number(offset), options);
      }),
    );
}
