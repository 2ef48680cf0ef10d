import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { type OutputOptions, printDetails, printRows, textOf, timeOf } from '../terminal/print';
import { findOne, listAll, type Row } from './look-up';

export function runCommands(program: Command): void {
  const run = program.command('run').description('Training runs');
  run
    .command('list')
    .description('Every run')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) =>
        printRows(
          await listAll(context, 'run'),
          {
            run: (row) => row.run,
            model: (row) => row.version ?? row.model,
            'data set': (row) => row.dataset,
            status: (row) => (row.reasonCode ? `${row.status}: ${row.reasonCode}` : row.status),
            'AUC, hold-out': (row) =>
              (row.result as Row | undefined)?.holdOut &&
              textOf(((row.result as Row).holdOut as Record<string, number>).auc),
            planned: (row) => timeOf(row.plannedAt),
          },
          options,
        ),
      ),
    );
  run
    .command('show <run>')
    .description('One run: plan, candidates with mean and sd, result')
    .option('--json', 'as JSON')
    .action((name: string, options: OutputOptions) =>
      withContext(async (context) => {
        const row = await findOne(context, 'run', name);
        printDetails(row, options);
        if (options.json) return;
        const candidates = (row.candidates ?? []) as {
          candidate: string;
          mean: Record<string, number>;
          sd: Record<string, number>;
        }[];
        const metrics = [...new Set(candidates.flatMap((one) => Object.keys(one.mean)))];
        const columns = Object.fromEntries(
          metrics.map((metric) => [
            metric,
            (one: (typeof candidates)[number]) => `${textOf(one.mean[metric])} ± ${textOf(one.sd[metric])}`,
          ]),
        );
        printRows(candidates, { candidate: (one) => one.candidate, ...columns }, {});
      }),
    );
}
