import type { Finding } from '@millrace/ledger';
import pc from 'picocolors';
import { EXIT } from '../terminal/cli-error';
import {
  type OutputOptions,
  printDetails,
  printDone,
  printJson,
  printNote,
  printRows,
  timeOf,
} from '../terminal/print';
import type { AuditReport } from './verify';

/** What holds, what does not and since where, and where the guarantee ends; exit code 3 when something does not hold. */
export function showAudit(report: AuditReport, options: OutputOptions): void {
  const { verdict } = report;
  const { findings } = verdict;
  if (options.json) printJson(asJson(report));
  else {
    printDetails(summaryOf(report), {});
    if (findings.length > 0) {
      printRows(
        findings,
        {
          'first bad record': placeOf,
          head: ({ sequence }) => sequence,
          code: ({ code }) => code,
          why: ({ why }) => why,
        },
        {},
      );
      process.stderr.write(`${pc.red('✗')} the log is not as it was signed: ${findings.length} findings\n`);
      if (findings.some(isRange)) printNote(WHY_A_RANGE);
    } else printDone(sentenceOf(report));
  }
  if (findings.length > 0) process.exitCode = EXIT.check;
}

/** A head has roots and no leaf hashes (ADR 16), and whoever reads the finding must not take its first offset for the bad one. */
const WHY_A_RANGE =
  'A tree head signs the records up to it together, not each one: the first bad record is one of the offsets between, and those before them are as they were signed.';

const isRange = ({ code, position }: Finding): boolean =>
  code !== 'LEDGER_TRIMMED_EARLY' && position !== undefined && position.to - position.from > 1;

export function placeOf({ code, position }: Pick<Finding, 'code' | 'position'>): string {
  if (position === undefined) return 'none: the head itself';
  const { topic, partition, from, to } = position;
  if (code === 'LEDGER_TRIMMED_EARLY') return `${topic}/${partition}\ngone before ${to}`;
  return to - from === 1 ? `${topic}/${partition}\nat ${from}` : `${topic}/${partition}\nbetween ${from} and ${to - 1}`;
}

export const sentenceOf = ({ verdict, heads, seconds }: AuditReport): string =>
  `audit verified: ${verdict.coveredRecords} records are as ${heads} tree heads signed them (${seconds.toFixed(1)} s)`;

function summaryOf(report: AuditReport): Record<string, unknown> {
  const { verdict, heads, notCovered, seconds } = report;
  const { guarantee, trimmed, coveredRecords, uncoveredRecords } = verdict;
  const behind = uncoveredRecords + notCovered.reduce((sum, { records }) => sum + records, 0);
  return {
    installation: report.installation,
    'tree heads': heads,
    records: `${coveredRecords} in ${guarantee?.partitions.length ?? 0} partitions`,
    rate: `${Math.round((coveredRecords + uncoveredRecords) / Math.max(seconds, 0.001))} records/s, ${seconds.toFixed(1)} s`,
    guaranteed:
      guarantee === null
        ? 'nothing'
        : `every committed record up to head ${guarantee.sequence} of ${timeOf(guarantee.time)}`,
    ...(trimmed.length > 0
      ? {
          trimmed: trimmed
            .map(
              ({ topic, partition, upTo, verifiedFrom }) =>
                `by policy, ${topic}/${partition} up to offset ${upTo}, verified from ${verifiedFrom ?? 'nowhere: nothing covered is left'}`,
            )
            .join('; '),
        }
      : {}),
    'not guaranteed': `${behind} records behind that head; ${beyond(report)}`,
    ...(report.anchor === null ? {} : { anchor: anchorText(report.anchor) }),
  };
}

/** Whoever holds the signing key can write another history: only what was kept elsewhere finds that. */
function beyond({ anchor }: AuditReport): string {
  if (anchor === null)
    return 'whether all of it is an older copy, or was signed anew with the right key: --anchor <file> keeps what was seen';
  if (anchor.before === null) return 'whether it was signed anew before now, which the anchor begins to keep';
  return `whether what follows head ${anchor.before}, which the anchor had, was signed anew before now`;
}

const anchorText = ({ before, now }: NonNullable<AuditReport['anchor']>): string =>
  `${before === null ? 'none before' : `was head ${before}`}, ${now === before ? 'stays' : `is head ${now} now`}`;

function asJson({ installation, verdict, heads, notCovered, anchor, seconds }: AuditReport): Record<string, unknown> {
  const { guarantee, ...rest } = verdict;
  return {
    installation,
    heads,
    ...rest,
    guarantee: guarantee && {
      ...guarantee,
      partitions: guarantee.partitions.map(({ root, ...entry }) => ({ ...entry, root: root.toString('hex') })),
    },
    notCovered,
    anchor,
    seconds,
  };
}
