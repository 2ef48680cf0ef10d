import {
  type DecisionContext,
  type LearnerForked,
  type LearnerGuardReleased,
  type LearnerGuardTripped,
  type LearnerRefused,
  type LearnerReported,
  type LearnerRolledBack,
  type LearnerSnapshotFailed,
  type LearnerSnapshotTaken,
  type LearnerStarted,
  type LearnerStopped,
  type LeftOut,
  type Refusal,
  refusal,
  refusalOf,
} from '@millrace/contracts';
import type { GuardTrip } from './guard-watch';

export interface Learner {
  readonly status: 'ABSENT' | 'LEARNING' | 'STOPPED';
  /** Null as long as it is ABSENT. */
  readonly started: LearnerStarted | null;
  /** Offset of the last report: who reads the labelled topic again tells nothing twice. */
  readonly reportedTo: number;
  /** Offset of the last snapshot that became a file or failed. */
  readonly snapshotTo: number;
  /** Offset of the last thing told of its guard, and what of that stands. */
  readonly guardTo: number;
  readonly tripped: readonly GuardTrip[];
  /** What it does not learn from, in the order of the log. */
  readonly leftOut: readonly LeftOut[];
  /** A report from exactly here is owed, once, whenever the labelled topic is read past it: after a fork or a roll back. */
  readonly tellAt: number | null;
}

export type LearnerFact =
  | { readonly type: 'LearnerStarted'; readonly data: LearnerStarted }
  | { readonly type: 'LearnerForked'; readonly data: LearnerForked }
  | { readonly type: 'LearnerRolledBack'; readonly data: LearnerRolledBack }
  | { readonly type: 'LearnerGuardTripped'; readonly data: LearnerGuardTripped }
  | { readonly type: 'LearnerGuardReleased'; readonly data: LearnerGuardReleased }
  | { readonly type: 'LearnerReported'; readonly data: LearnerReported }
  | { readonly type: 'LearnerSnapshotTaken'; readonly data: LearnerSnapshotTaken }
  | { readonly type: 'LearnerSnapshotFailed'; readonly data: LearnerSnapshotFailed }
  | { readonly type: 'LearnerStopped'; readonly data: LearnerStopped }
  | { readonly type: 'LearnerRefused'; readonly data: LearnerRefused };

export const noLearner = (): Learner => ({
  status: 'ABSENT',
  started: null,
  reportedTo: 0,
  snapshotTo: 0,
  guardTo: 0,
  tripped: [],
  leftOut: [],
  tellAt: null,
});

/** The only writer of a learner's state: also used by a rebuild from `training.learners.v1`. */
export function evolveLearner(learner: Learner, fact: LearnerFact): Learner {
  switch (fact.type) {
    case 'LearnerStarted':
      return { ...learner, status: 'LEARNING', started: fact.data };
    case 'LearnerForked': {
      const { offset, leftOut } = fact.data;
      return { ...learner, reportedTo: offset, snapshotTo: offset, guardTo: offset, leftOut, tellAt: offset };
    }
    case 'LearnerRolledBack': {
      const { offset, reached, leftOut } = fact.data;
      return { ...learner, reportedTo: reached, snapshotTo: reached, guardTo: reached, leftOut, tellAt: offset };
    }
    case 'LearnerGuardTripped':
      return { ...learner, guardTo: fact.data.offset, tripped: [...learner.tripped, fact.data.trip as GuardTrip] };
    case 'LearnerGuardReleased':
      return {
        ...learner,
        guardTo: fact.data.offset,
        tripped: learner.tripped.filter((one) => one !== fact.data.trip),
      };
    case 'LearnerStopped':
      return { ...learner, status: 'STOPPED' };
    case 'LearnerReported': {
      const { offset } = fact.data;
      const tellAt = offset === learner.tellAt ? null : learner.tellAt;
      return { ...learner, reportedTo: Math.max(learner.reportedTo, offset), tellAt };
    }
    case 'LearnerSnapshotTaken':
    case 'LearnerSnapshotFailed':
      return { ...learner, snapshotTo: Math.max(learner.snapshotTo, fact.data.offset) };
    case 'LearnerRefused':
      return learner;
  }
}

/**
 * Next offset that it has learned up to, or will have when it has read again what it knew before.
 *
 * @param nextOffset where it stands now; null before its first batch.
 */
export function reachedBy({ leftOut, tellAt }: Learner, nextOffset: number | null): number {
  return Math.max(nextOffset ?? 0, leftOut.at(-1)?.to ?? 0, tellAt ?? 0);
}

export function refuseLearner(learner: string, command: string, why: Refusal, context: DecisionContext): LearnerFact[] {
  const data = { ...refusalOf(context, `io.millrace.training.${command}`, why), learner };
  return [{ type: 'LearnerRefused', data }];
}

export const unknownLearner = (name: string): Refusal =>
  refusal('UNKNOWN_LEARNER', `There is no learner ${name}: millrace learner list names those that exist.`);
