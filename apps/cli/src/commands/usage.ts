import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printRows } from '../terminal/print';
import { progressBar } from '../terminal/progress';

interface UsageCommandOptions extends OutputOptions {
  readonly from?: string;
  readonly to?: string;
  readonly major?: string;
}

export function usageCommand(program: Command): void {
  program
    .command('usage <endpoint>')
    .description('Who asked how much of an endpoint, by day (UTC) and declared caller, from the log')
    .option('--from <time>', 'first response: a moment, or an offset of every partition')
    .option('--to <time>', 'where to end')
    .option('--major <n>', 'major of the topics; the newest by default')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace usage flights-late\n  $ millrace usage flights-late --from 2026-11-01 --to 2026-12-01 --json\n\nA caller is what a request declares; the gateway writes the actor of the key, others may write anything.',
    )
    .action((endpoint: string, options: UsageCommandOptions) =>
      withContext(async (context) => {
        const major = options.major === undefined ? null : Number(options.major);
        if (major !== null && !(Number.isInteger(major) && major > 0))
          throw new CliError('--major takes a whole number from 1.', EXIT.usage);
        const { boundOf } = await import('../replay/replay-range.js');
        const { readUsage } = await import('../usage/read-usage.js');
        const bar = progressBar(`reading ${endpoint}`, 'offsets');
        try {
          const tally = await readUsage(context, {
            endpoint,
            major,
            from: boundOf(options.from, '--from'),
            to: boundOf(options.to, '--to'),
            onProgress: (done, total) => bar.update(done, total),
          });
          bar.stop();
          printRows(
            tally.all(),
            {
              day: (row) => row.day,
              caller: (row) => row.caller ?? (row.trimmed > 0 ? 'none declared, or trimmed' : 'none declared'),
              requests: (row) => row.requests,
              status: (row) =>
                Object.entries(row.statuses)
                  .map(([status, count]) => `${status} ${count}`)
                  .join(', '),
              trimmed: (row) => row.trimmed,
            },
            options,
          );
        } finally {
          bar.stop();
        }
      }),
    );
}
