import {
  type Expectation,
  type FeatureValue,
  type ModelSignature,
  recordChecks,
  type SignatureInput,
} from '@millrace/contracts';

/** What the signature says about one request. Warnings travel in the response; a rejection names the field. */
export interface InputVerdict {
  readonly rejection: string | null;
  readonly warnings: readonly string[];
}

export type InputCheck = (features: Readonly<Record<string, FeatureValue | undefined>>) => InputVerdict;

const FINE: InputVerdict = { rejection: null, warnings: [] };

/**
 * Compiles the checks of a signature, so that a request that is fine costs no allocation.
 *
 * - NaN or infinity from a caller is REJECTED: null is the one way to say "missing".
 * - Outside the training range or an unseen category: a warning, or REJECTED where the input is closed.
 * - A category is looked up as it was sent. The graph reads a text up to U+0000 only (ADR 22), so it answers `B\0x` as it
 *   answers `B`; that the caller sent something else is what the warning, or the rejection, is for.
 * - An array must have exactly the width of the signature.
 * - Then the release's expectations, in their order: one of severity ERROR rejects, another warns.
 *
 * @param rules `inputChecks` of the release
 */
export function compileInputCheck(signature: ModelSignature, rules: readonly Expectation[] = []): InputCheck {
  const checks = [...signature.inputs.map(compileField), ...compileRules(rules)];
  return (features) => {
    let warnings: string[] | null = null;
    for (const check of checks) {
      const finding = check(features);
      if (finding === null) continue;
      if (finding.rejected) return { rejection: finding.text, warnings: [] };
      warnings ??= [];
      warnings.push(finding.text);
    }
    return warnings === null ? FINE : { rejection: null, warnings };
  };
}

interface Finding {
  readonly rejected: boolean;
  readonly text: string;
}

type FieldCheck = (features: Readonly<Record<string, FeatureValue | undefined>>) => Finding | null;

function compileRules(rules: readonly Expectation[]): FieldCheck[] {
  return recordChecks(rules).map(({ rule: { id, column, severity }, isBroken }) => {
    const broken: Finding = { rejected: severity === 'ERROR', text: `EXPECTATION_BROKEN:${id}` };
    return (features) => (isBroken(features[column]) ? broken : null);
  });
}

function compileField(input: SignatureInput): FieldCheck {
  const { field, closed, width } = input;
  const min = input.min ?? Number.NEGATIVE_INFINITY;
  const max = input.max ?? Number.POSITIVE_INFINITY;
  const categories = input.categories === null ? null : new Set(input.categories);
  const missing: Finding | null = input.optional ? null : { rejected: true, text: `MISSING_INPUT:${field}` };
  const notFinite: Finding = { rejected: true, text: `NAN_INPUT:${field}` };
  const outside: Finding = { rejected: closed, text: `OUT_OF_RANGE:${field}` };
  const unseen: Finding = { rejected: closed, text: `UNSEEN_CATEGORY:${field}` };
  const wrongLength: Finding = { rejected: true, text: `WRONG_LENGTH:${field}` };

  const checkScalar = (value: FeatureValue): Finding | null => {
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return notFinite;
      return value < min || value > max ? outside : null;
    }
    return typeof value === 'string' && categories !== null && !categories.has(value) ? unseen : null;
  };
  if (width === 1)
    return (features) => {
      const value = features[field];
      return value === null || value === undefined ? missing : checkScalar(value);
    };
  return (features) => {
    const values = features[field];
    if (!Array.isArray(values) || values.length !== width) return wrongLength;
    return worst(values.map(checkScalar));
  };
}

function worst(findings: readonly (Finding | null)[]): Finding | null {
  return findings.find((finding) => finding?.rejected) ?? findings.find((finding) => finding !== null) ?? null;
}
