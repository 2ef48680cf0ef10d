import { logTrimmed, type RebuildReport, type TableReport, verdictOn } from '@millrace/contracts';
import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
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

A table that differs is not judged, and never swapped, when a topic that its rows may rest on no longer has its beginning:
the rebuilt rows would lack what was trimmed.

Examples:
  $ millrace rebuild registry
  $ millrace rebuild gateway --json | jq '.tables[] | select(.difference)'
  $ millrace rebuild training --swap

Exit code 3 when a table differs from the log and was not swapped, 1 (LOG_TRIMMED) when one could not be judged.`,
    )
    .action((service: string, options: OutputOptions & { swap?: boolean }) =>
      withContext(async ({ platform }) => {
        const { runRebuild } = await import('../platform/rebuild-process.js');
        const bar = progressBar(`rebuilding ${service}`, 'records');
        const told = (step: string, done: number, total: number) => bar.update(done, total, step);
        const report = await runRebuild(platform, service, options.swap === true, told).finally(() => bar.stop());
        if (options.json) printJson(report);
        else show(report);
        const untold = logTrimmed(report);
        if (untold) throw new CliError(`${untold.message} (${untold.code})`, EXIT.failed, untold.code);
        if (report.tables.some((one) => differs(report, one))) process.exitCode = EXIT.check;
      }),
    );
}

const differs = ({ swapped }: RebuildReport, table: TableReport): boolean =>
  verdictOn(table) === 'differs' && !swapped.includes(table.table);

export function show(report: RebuildReport): void {
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
      `${topic}/${partition} begins at offset ${offset}: what stood before was trimmed and cannot be folded again`,
    );
  printNote(`neither rebuilt nor compared: ${report.work.join(', ')}`);
  const unpublished = report.unpublished > 0 ? ` (${report.unpublished} of them still in the outbox)` : '';
  const from = `${report.facts} own facts${unpublished} and ${report.folded} records of other topics`;
  const all = report.tables.length;
  const judged = report.tables.filter((one) => verdictOn(one) !== 'untold');
  const different = judged.filter((one) => differs(report, one)).length;
  if (different > 0)
    printNote(
      `${report.service}: ${different} of ${all} tables differ from the log, from ${from}; --swap puts the rebuilt rows there`,
    );
  else if (judged.length === all) printDone(`${report.service}: every table is what the log says, from ${from}`);
  else printNote(`${report.service}: ${judged.length} of ${all} tables are what the log says, from ${from}`);
}

function resultOf({ swapped }: RebuildReport, { table, difference, lacks }: TableReport): string {
  if (difference === null) return 'equal';
  const { rows, key, how } = difference;
  const found = `${rows} ${rows === 1 ? 'row differs' : 'rows differ'}, first ${key} (${how})`;
  if (lacks.length > 0) return `not judged, the log was trimmed: ${found}`;
  return swapped.includes(table) ? `swapped: ${found}` : found;
}
