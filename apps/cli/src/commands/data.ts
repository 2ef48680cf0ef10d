import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { printDone, printJson } from '../terminal/print';
import { progressBar } from '../terminal/progress';
import { findOne } from './look-up';

interface LoadCommandOptions {
  readonly source: string;
  readonly take?: string;
  readonly again?: boolean;
  readonly json?: boolean;
}

export function dataCommands(program: Command): void {
  program
    .command('data')
    .description('Records of a source')
    .command('load <file>')
    .description(
      'Send the rows of a CSV or Parquet file to a source; a killed load goes on where it was. "-" reads CSV from stdin',
    )
    .requiredOption('--source <name>', 'the source')
    .option('--take <rows>', 'only so many rows, evenly spread over the file')
    .option('--again', 'send a file that is finished a second time')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace data load flights.parquet --source flights\n  $ millrace data load trips.csv --source trips --take 10000\n  $ cat trips.csv | millrace data load - --source trips',
    )
    .action((file: string, options: LoadCommandOptions) =>
      withContext(async (context) => {
        const source = await findOne(context, 'source', options.source);
        const { loadRows } = await import('../platform/load-rows.js');
        const bar = progressBar(`loading ${options.source}`, 'rows');
        const input = file === '-' ? await fromStdin() : { path: file, remove: async () => {} };
        try {
          const report = await loadRows(context, {
            file: input.path,
            source,
            ...(options.take ? { selection: { take: Number(options.take) } } : {}),
            again: options.again ?? false,
            onProgress: ({ rowsDone, rows, trouble }) => bar.update(rowsDone, rows, trouble ?? ''),
          });
          bar.stop();
          if (options.json) printJson(report);
          else
            printDone(
              `${report.rowsDone} rows in ${source.recordsTopic} (${report.rowsDone - report.resumedFrom} sent now, ${report.seconds.toFixed(1)} s)`,
            );
        } finally {
          bar.stop();
          await input.remove();
        }
      }),
    );
}

/** A stream cannot be resumed, a file can: so what comes from stdin is kept until it is sent. */
async function fromStdin(): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-load-'));
  const file = path.join(folder, 'stdin.csv');
  await pipeline(process.stdin, createWriteStream(file));
  return { path: file, remove: () => rm(folder, { recursive: true, force: true }) };
}
