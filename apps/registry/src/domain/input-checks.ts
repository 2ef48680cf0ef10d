import {
  type Expectation,
  type InputChecks,
  isAboutRecords,
  isAboutStorage,
  type ModelSignature,
} from '@millrace/contracts';
import type { ModelVersion } from './model';

/** The expectation set in force for a source. */
export interface ExpectedOfSource {
  /** `<source>:<number>`. */
  readonly set: string;
  readonly digest: string;
  /** Those of the set that single records are checked by. */
  readonly rules: readonly Expectation[];
}

/** The source whose data set a version was trained on; null when it was imported. */
export const sourceOf = (version: ModelVersion | undefined): string | null =>
  version?.dataset?.split(':', 1)[0] ?? null;

/**
 * Only single values are checked: a list has no range, and the signature checks its length. The set is named even where none of
 * its rules is about an input, so that the log says what was expected when the version went live.
 */
export function inputChecksOf(expected: ExpectedOfSource | null, { inputs }: ModelSignature): InputChecks | null {
  if (expected === null) return null;
  const fields = new Set(inputs.filter(({ width }) => width === 1).map(({ field }) => field));
  const rules = expected.rules.filter((one) => isAboutRecords(one) && !isAboutStorage(one) && fields.has(one.column));
  return { expectations: expected.set, digest: expected.digest, rules };
}
