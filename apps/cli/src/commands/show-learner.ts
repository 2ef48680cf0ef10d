import type { LearnerReported, LearnerStarted, LeftOut } from '@millrace/contracts';
import { printDetails, printRows, textOf, timeOf } from '../terminal/print';
import type { Row } from './look-up';

/** As the gateway shows it: how it was started, and what was told of it since. */
type Shown = LearnerStarted & {
  readonly status: string;
  readonly forked?: { readonly from: string; readonly offset: number } | null;
  readonly leftOut?: readonly LeftOut[];
  readonly guard?: Readonly<Record<string, { readonly offset: number; readonly since: number }>>;
  readonly latest?: LearnerReported | null;
  readonly versions?: readonly Row[];
  readonly failedSnapshots?: readonly {
    readonly offset: number;
    readonly reason: string;
    readonly reasonCode: string;
  }[];
  readonly stoppedBy?: string;
  readonly stoppedAt?: number;
  readonly reason?: string;
};

/** What it is, how it does beside the released model and the floors, and the versions that it became. */
export function printLearner(row: Row): void {
  printDetails(aboutLearner(row), {});
  printRows(comparison(row), COLUMNS, {});
  const snapshots = (row as unknown as Shown).versions ?? [];
  if (snapshots.length > 0) printRows(snapshots, SNAPSHOT_COLUMNS, {});
}

/** A learner in words; what does not apply to it is left out. */
export function aboutLearner(row: Row): Record<string, string> {
  const learner = row as unknown as Shown;
  const { plan, latest, forked } = learner;
  const lines: Record<string, string | null> = {
    learner: learner.learner,
    status: statusOf(learner),
    'learns from': learner.labelledTopic,
    features: plan.features.map(({ name, kind }) => `${name} (${kind.toLowerCase()})`).join(', '),
    algorithm: [plan.algorithm, ...settings(plan.parameters)].join(', '),
    'guard settings': settings(plan.guard).join(', ') || null,
    'began as': forked ? `${forked.from} at offset ${forked.offset}` : null,
    'left out': learner.leftOut?.map(({ from, to }) => `offsets ${from} to ${to - 1}`).join(', ') || null,
    examples: latest ? examplesOf(latest) : 'no report yet',
    guard: guardOf(learner),
    errors: changesOf(latest ?? null),
    snapshots: policyOf(learner),
    'last failed snapshot': failureOf(learner),
    'state hash': latest ? `${latest.stateHash} at offset ${latest.offset}` : null,
  };
  return Object.fromEntries(Object.entries(lines).filter((line): line is [string, string] => line[1] !== null));
}

const settings = (given: Readonly<Record<string, number>>): string[] =>
  Object.entries(given).map(([name, value]) => `${name} ${value}`);

function statusOf({ status, startedBy, stoppedBy, stoppedAt, reason }: Shown): string {
  if (status !== 'STOPPED') return `${status}, started by ${startedBy}`;
  return `${status} by ${stoppedBy} at ${timeOf(stoppedAt)}${reason ? `: ${reason}` : ''}`;
}

function examplesOf({ taken, learned, refused }: LearnerReported): string {
  const reasons = Object.entries(refused).filter(([, count]) => count > 0);
  const why = reasons.map(([name, count]) => `${count} ${name}`).join(', ');
  return `${taken} taken, ${learned} learned from${why ? `, not from ${why}` : ''}`;
}

function guardOf({ guard = {} }: Shown): string | null {
  const tripped = Object.entries(guard).map(
    ([trip, { offset, since }]) => `${trip} since offset ${offset} (${timeOf(since)})`,
  );
  return tripped.length > 0 ? `keeps labels away: ${tripped.join(', ')}` : null;
}

/** What the detector has found in the errors. */
function changesOf(latest: LearnerReported | null): string | null {
  if (!latest?.errors) return null;
  const { detector, rose, fell, lastChange, lastOffset } = latest.errors;
  if (lastChange === null) return `${detector} found no change in the errors`;
  const last = `the last time they ${lastChange === 'ROSE' ? 'became larger' : 'became smaller'}`;
  return `${detector} found ${rose} times larger and ${fell} times smaller errors; ${last}, at offset ${lastOffset}`;
}

function policyOf({ snapshots }: Shown): string {
  if (snapshots === null) return 'none: it never becomes a version';
  const { model, everyExamples, everySeconds, releaseWhenBetterBy } = snapshots;
  const when = [
    ...(everyExamples === null ? [] : [`every ${everyExamples} examples`]),
    ...(everySeconds === null ? [] : [`every ${everySeconds} s`]),
  ];
  const release =
    releaseWhenBetterBy === null
      ? 'never proposed by itself'
      : `proposed when ${releaseWhenBetterBy} nats better than the released model`;
  return `a version of ${model} ${when.join(' and ')}, ${release}`;
}

function failureOf({ failedSnapshots = [] }: Shown): string | null {
  const last = failedSnapshots.at(-1);
  return last ? `at offset ${last.offset}: ${last.reason} (${last.reasonCode})` : null;
}

export const COLUMNS = {
  who: (row: Row) => row.who,
  accuracy: (row: Row) => textOf(row.accuracy),
  AUC: (row: Row) => textOf(row.auc),
  'log loss': (row: Row) => textOf(row.logLoss),
};

const SNAPSHOT_COLUMNS = {
  'snapshot at offset': (row: Row) => row.offset,
  'a version of': (row: Row) => row.model,
  learned: (row: Row) => row.learned,
  'log loss': (row: Row) => textOf((row.scores as Row).logLoss),
  'better by': (row: Row) => textOf(row.betterBy),
  digest: (row: Row) => String((row.artifact as Row).digest).slice(0, 16),
};

/** The newest report as rows: the learner, the released model, the floors. */
export function comparison(learner: Row): Row[] {
  const { latest } = learner as unknown as Shown;
  if (!latest) return [];
  const { window, scores, beside, floors } = latest;
  return [
    { who: `learner, last ${window} examples`, ...scores },
    ...(beside ? [{ who: 'released model, the same', ...beside.released }] : []),
    { who: 'mean of all labels so far', ...floors.runningMean },
    { who: 'mean of the last 100 labels', ...floors.lastLabels },
  ];
}
