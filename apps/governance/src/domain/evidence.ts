import type { Risk } from './risk';

/** What the registry says of a version. */
export interface KnownVersion {
  readonly digest: string;
  /** Id of the run, or `learner <name>`; null: imported. */
  readonly madeBy: string | null;
  readonly dataset: string | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly description: string;
}

/** Everything that a release is weighed by, from the facts of others and our own. */
export interface Evidence {
  readonly risk: Risk;
  /** null: no fact of it has come yet. */
  readonly version: KnownVersion | null;
  /** Actor who started the run or the learner; null: there is none, or no fact of it has come yet. */
  readonly trainedBy: string | null;
  /** Of the data set that the version was trained on; null: none yet. */
  readonly verdict: string | null;
}
