import {
  type DecisionContext,
  type LearnerRefused,
  type LearnerReported,
  type LearnerSnapshotFailed,
  type LearnerSnapshotTaken,
  type LearnerStarted,
  type LearnerStopped,
  type Refusal,
  refusal,
  refusalOf,
} from '@millrace/contracts';

export interface Learner {
  readonly status: 'ABSENT' | 'LEARNING' | 'STOPPED';
  /** Null as long as it is ABSENT. */
  readonly started: LearnerStarted | null;
  /** Offset of the last report: who reads the labelled topic again tells nothing twice. */
  readonly reportedTo: number;
  /** Offset of the last snapshot that became a file or failed. */
  readonly snapshotTo: number;
}

export type LearnerFact =
  | { readonly type: 'LearnerStarted'; readonly data: LearnerStarted }
  | { readonly type: 'LearnerReported'; readonly data: LearnerReported }
  | { readonly type: 'LearnerSnapshotTaken'; readonly data: LearnerSnapshotTaken }
  | { readonly type: 'LearnerSnapshotFailed'; readonly data: LearnerSnapshotFailed }
  | { readonly type: 'LearnerStopped'; readonly data: LearnerStopped }
  | { readonly type: 'LearnerRefused'; readonly data: LearnerRefused };

export const noLearner = (): Learner => ({ status: 'ABSENT', started: null, reportedTo: 0, snapshotTo: 0 });

/** The only writer of a learner's state: also used by a rebuild from `training.learners.v1`. */
export function evolveLearner(learner: Learner, fact: LearnerFact): Learner {
  switch (fact.type) {
    case 'LearnerStarted':
      return { ...learner, status: 'LEARNING', started: fact.data };
    case 'LearnerStopped':
      return { ...learner, status: 'STOPPED' };
    case 'LearnerReported':
      return { ...learner, reportedTo: Math.max(learner.reportedTo, fact.data.offset) };
    case 'LearnerSnapshotTaken':
    case 'LearnerSnapshotFailed':
      return { ...learner, snapshotTo: Math.max(learner.snapshotTo, fact.data.offset) };
    case 'LearnerRefused':
      return learner;
  }
}

export function refuseLearner(learner: string, command: string, why: Refusal, context: DecisionContext): LearnerFact[] {
  const data = { ...refusalOf(context, `io.millrace.training.${command}`, why), learner };
  return [{ type: 'LearnerRefused', data }];
}

export const unknownLearner = (name: string): Refusal =>
  refusal('UNKNOWN_LEARNER', `There is no learner ${name}: millrace learner list names those that exist.`);
