import { type Expectation, type InputChecks, inputRules, type ModelSignature } from '@millrace/contracts';
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

/** The set is named even where none of its rules is about an input, so that the log says what was expected when the version went live. */
export const inputChecksOf = (expected: ExpectedOfSource | null, signature: ModelSignature): InputChecks | null =>
  expected && {
    expectations: expected.set,
    digest: expected.digest,
    rules: inputRules(expected.rules, signature),
  };
