import type { RebuildReport, TableReport } from '@millrace/contracts';
import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDone, printJson, printNote, printRows } from '../terminal/print';
import { progressBar } from '../terminal/progress';

export function rebuildCommand(program: Command): void {
  program
    .command('rebuild <service>')
    .description("Make a service's tables anew from the log and compare them with what they are")
    .option('--swap', 'put the rebuilt rows where a table differs; the service is stopped for it and starts again')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
State comes from the service's own facts, projections from their input topics up to where they stood. Tables of work (inbox,
outbox, positions, leases, waiting lists) are neither rebuilt nor compared. The service may run meanwhile.

Examples:
  $ millrace rebuild registry
  $ millrace rebuild gateway --json | jq '.tables[] | select(.difference)'
  $ millrace rebuild training --swap

Exit code 3 when a table differs from the log and was not swapped.`,
    )
    .action((service: string, options: OutputOptions & { swap?: boolean }) =>
      withContext(async ({ platform }) => {
        const { runRebuild } = await import('../platform/rebuild-process.js');
        const bar = progressBar(`rebuilding ${service}`, 'records');
        const told = (step: string, done: number, total: number) => bar.update(done, total, step);
        const report = await runRebuild(platform, service, options.swap === true, told).finally(() => bar.stop());
        if (options.json) printJson(report);
        else show(report);
        if (report.tables.some((one) => differs(report, one))) process.exitCode = EXIT.check;
      }),
    );
}

const differs = ({ swapped }: RebuildReport, { table, difference }: TableReport): boolean =>
  difference !== null && !swapped.includes(table);

function show(report: RebuildReport): void {
  printRows(
    report.tables,
    {
      table: (one) => one.table,
      kind: (one) => one.kind,
      rows: (one) => one.rows,
      'hash before': (one) => one.hash.slice(0, 16),
      'hash rebuilt': (one) => one.hashRebuilt.slice(0, 16),
      result: (one) => resultOf(report, one),
    },
    {},
  );
  for (const { topic, partition, offset } of report.trimmed)
    printNote(
      `${topic}/${partition} was trimmed by policy up to offset ${offset}: what stood before cannot be folded again`,
    );
  printNote(`neither rebuilt nor compared: ${report.work.join(', ')}`);
  const unpublished = report.unpublished > 0 ? ` (${report.unpublished} of them still in the outbox)` : '';
  const from = `${report.facts} own facts${unpublished} and ${report.folded} records of other topics`;
  const different = report.tables.filter((one) => differs(report, one)).length;
  if (different === 0) printDone(`${report.service}: every table is what the log says, from ${from}`);
  else
    printNote(
      `${report.service}: ${different} of ${report.tables.length} tables differ from the log, from ${from}; --swap puts the rebuilt rows there`,
    );
}

function resultOf({ swapped }: RebuildReport, { table, difference }: TableReport): string {
  if (difference === null) return 'equal';
  const { rows, key, how } = difference;
  const found = `${rows} ${rows === 1 ? 'row differs' : 'rows differ'}, first ${key} (${how})`;
  return swapped.includes(table) ? `swapped: ${found}` : found;
}
