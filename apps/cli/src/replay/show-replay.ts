import pc from 'picocolors';
import { EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDetails, printDone, printJson, printNote, printRows } from '../terminal/print';
import { CAUSES } from './causes';
import { TOLERANCE } from './compare-outputs';
import type { ReplayReport } from './replay';
import type { SliceChange, WhatIf } from './what-if';

const SLICES_SHOWN = 20;

/** What was proven, what was not and why; exit code 3 when something differs. */
export function showReplay(report: ReplayReport, options: OutputOptions): void {
  const { tally } = report;
  if (options.json) printJson(asJson(report));
  else {
    printDetails(summaryOf(report), {});
    if (tally.shown.length > 0) showDifferences(report);
    if (tally.differences > 0)
      process.stderr.write(`${pc.red('✗')} ${tally.differences} differences in ${tally.responses} responses\n`);
    else printDone(`replay without a difference: ${tally.responses} responses`);
  }
  if (tally.differences > 0) process.exitCode = EXIT.check;
}

export function showWhatIf(report: ReplayReport, whatIf: WhatIf, options: OutputOptions): void {
  const total = whatIf.total();
  const slices = whatIf.bySlice();
  if (options.json) {
    printJson({ ...rangeOf(report), total, slices });
    return;
  }
  const share = (count: number, of: number) => (of === 0 ? '-' : `${count} (${((100 * count) / of).toFixed(1)} %)`);
  printRows(
    [...slices.slice(0, SLICES_SHOWN), total],
    {
      slice: (row) => row.slice,
      responses: (row) => row.responses,
      changed: (row) => share(row.changed, row.responses),
      ...(total.crossed !== null && {
        'crossed the threshold': (row: SliceChange) => share(row.crossed ?? 0, row.responses),
      }),
      'not answered': (row) => row.unanswered,
      'mean said': (row) => row.meanRecorded,
      'mean then': (row) => row.meanComputed,
      'mean move': (row) => row.meanMove,
      'largest move': (row) => row.largestMove,
    },
    {},
  );
  if (slices.length > SLICES_SHOWN) printNote(`and ${slices.length - SLICES_SHOWN} smaller slices, which --json shows`);
  printDone(`${total.responses} responses asked again in ${report.seconds.toFixed(1)} s; nothing was written`);
}

function showDifferences({ tally }: ReplayReport): void {
  printRows(
    tally.shown,
    {
      place: (row) => `${row.partition}/${row.offset}`,
      request: (row) => row.requestId,
      cause: (row) => row.cause,
      recorded: (row) => short(row.recorded),
      computed: (row) => short(row.computed),
    },
    {},
  );
  const more = tally.differences - tally.shown.length;
  if (more > 0) printNote(`and ${more} more`);
  for (const cause of tally.causes.keys()) printNote(`${cause}: ${CAUSES[cause]}`);
}

function summaryOf(report: ReplayReport): Record<string, unknown> {
  const { tally, seconds, ranges } = report;
  const trimmed = trimmedOf(report);
  return {
    endpoint: `${report.endpoint}, major ${report.major}`,
    responses: countsOf(tally.statuses) || 0,
    'not computed': countsOf(tally.notComputed) || 'none',
    versions: countsOf(tally.versions) || 'none',
    revisions: [...tally.revisions.keys()].join(', ') || 'none',
    batches:
      tally.batches.count === 0
        ? 0
        : `${tally.batches.count} of ${tally.batches.smallest} to ${tally.batches.largest} rows`,
    runtime: report.runtime,
    compared:
      tally.otherRuntimes.size === 0
        ? 'bit for bit'
        : `bit for bit; within ${TOLERANCE} those of ${countsOf(tally.otherRuntimes)}`,
    offsets: ranges.map(({ partition, from, to }) => `${partition}: ${from} to ${to}`).join(', '),
    ...(trimmed.length > 0 || tally.trimmed > 0
      ? {
          trimmed: `${trimmed.map((one) => `by policy, ${one.topic} ${one.partition} up to ${one.upTo}`).join('; ')}; ${tally.trimmed} responses rest on it`,
        }
      : {}),
    rate: `${Math.round(tally.responses / Math.max(seconds, 0.001))} responses/s, ${seconds.toFixed(1)} s`,
    differences: tally.differences === 0 ? 0 : countsOf(tally.causes),
  };
}

function asJson(report: ReplayReport): Record<string, unknown> {
  const { tally } = report;
  const { count, smallest, largest } = tally.batches;
  return {
    ...rangeOf(report),
    responses: tally.responses,
    statuses: Object.fromEntries(tally.statuses),
    notComputed: Object.fromEntries(tally.notComputed),
    versions: Object.fromEntries(tally.versions),
    revisions: Object.fromEntries(tally.revisions),
    batches: { count, smallest: count === 0 ? null : smallest, largest: count === 0 ? null : largest },
    otherRuntimes: Object.fromEntries(tally.otherRuntimes),
    tolerance: TOLERANCE,
    responsesPerSecond: Math.round(tally.responses / Math.max(report.seconds, 0.001)),
    differences: tally.differences,
    causes: Object.fromEntries(tally.causes),
    shown: tally.shown,
  };
}

function rangeOf(report: ReplayReport): Record<string, unknown> {
  const { endpoint, major, runtime, ranges, tally, seconds } = report;
  return {
    endpoint,
    major,
    runtime,
    ranges: ranges.map(({ partition, from, to }) => ({ partition, from, to })),
    trimmed: { topics: trimmedOf(report), responses: tally.trimmed },
    seconds,
  };
}

/** What retention took, where the range would have begun before it. */
function trimmedOf({ ranges, topics }: ReplayReport): { topic: string; partition: number; upTo: number }[] {
  return ranges.flatMap(({ partition, from, firstResponse, firstRequest }) => [
    ...(firstResponse > 0 && from === firstResponse
      ? [{ topic: topics.responses, partition, upTo: firstResponse }]
      : []),
    ...(firstRequest > 0 ? [{ topic: topics.requests, partition, upTo: firstRequest }] : []),
  ]);
}

const countsOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name}`).join(', ');

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '-');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
