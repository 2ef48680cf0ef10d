import {
  type ArtifactRef,
  type BrokenExpectation,
  type DatasetJudged,
  type DatasetRegistered,
  type DecisionContext,
  type Refusal,
  stamp,
} from '@millrace/contracts';
import { BUDGET } from './event-budget';
import type { ExpectationSet } from './expectation-set';
import { judgeExpectations } from './judge-expectations';
import type { CellCounts, Measured, ProfiledData } from './profiled-data';
import { summariseProfile, suspicionsOf } from './summarise-profile';
import type { Verdict, VerdictFact } from './verdict';

/** What the examining process found. */
export interface Examined {
  readonly profile: ProfiledData;
  readonly artifact: ArtifactRef;
  readonly measures: readonly Measured[];
  /** Of the distributions that were asked for (`cellsAsked`). */
  readonly cells: readonly CellCounts[];
}

/**
 * The verdict: REJECTED when an expectation of severity ERROR does not hold, or the profile alone finds something grave.
 * The first data set of a source is judged by what users have defined and by the profile. A data set is judged once.
 *
 * @param set the one in force when the data set was examined.
 */
export function judgeDataset(
  verdict: Verdict,
  dataset: DatasetRegistered,
  set: ExpectationSet,
  { profile, artifact, measures, cells }: Examined,
  context: DecisionContext,
): VerdictFact[] {
  const broken = judgeExpectations(set.expectations, profile, measures, set.observed, cells)
    .sort(errorsFirst)
    .slice(0, BUDGET.broken);
  const suspicions = suspicionsOf(profile);
  const rejected = broken.some(({ severity }) => severity === 'ERROR') || suspicions.some(({ grave }) => grave);
  return say(verdict, dataset, set, context, {
    verdict: rejected ? 'REJECTED' : 'ACCEPTED',
    rows: profile.rows,
    profile: artifact,
    broken,
    suspicions,
    columns: summariseProfile(profile),
  });
}

/** A data set that cannot be profiled is not trained on either; the reason is its one broken expectation. */
export function judgeUnreadable(
  verdict: Verdict,
  dataset: DatasetRegistered,
  set: ExpectationSet,
  { reasonCode, reason }: Refusal,
  context: DecisionContext,
): VerdictFact[] {
  const why: BrokenExpectation = {
    id: 'can-be-profiled',
    kind: 'UNKNOWN',
    column: '',
    severity: 'ERROR',
    owner: 'validation',
    reason: `The data set could not be profiled (${reasonCode}): ${reason.slice(0, 2_000)}`,
    observed: null,
    brokenRows: null,
    samples: [],
  };
  const nothing = { profile: null, suspicions: [], columns: [] };
  return say(verdict, dataset, set, context, { verdict: 'REJECTED', rows: dataset.rows, broken: [why], ...nothing });
}

type Said = Pick<DatasetJudged, 'verdict' | 'rows' | 'profile' | 'broken' | 'suspicions' | 'columns'>;

function say(
  { status }: Verdict,
  { dataset, source, digest }: DatasetRegistered,
  set: ExpectationSet,
  context: DecisionContext,
  said: Said,
): VerdictFact[] {
  if (status !== 'ABSENT') return [];
  return [
    {
      type: 'DatasetJudged',
      data: {
        ...stamp(context),
        dataset,
        source,
        datasetDigest: digest,
        expectationSet: set.number === 0 ? null : `${source}:${set.number}`,
        expectationsDigest: set.digest,
        ...said,
      },
    },
  ];
}

const errorsFirst = (a: BrokenExpectation, b: BrokenExpectation): number =>
  Number(b.severity === 'ERROR') - Number(a.severity === 'ERROR');
