import type { FeatureValue, ModelSignature } from '@millrace/contracts';

export type FeatureRow = Readonly<Record<string, FeatureValue>>;

const SPOILT = 50;
/** By type of the input: missing, never seen, and far from anything seen. Integers are times here and cannot be missing. */
const ODD_VALUES: Readonly<Record<string, readonly FeatureValue[]>> = {
  FLOAT: [null, 1e30, -1e30, 0],
  STRING: [null, '', 'never seen before', '\u0000'],
  INT64: [0, -1, 253_402_300_799_999],
};

/** Real rows with one value after the other replaced: what the last examples happen not to hold must be right as well. */
export function spoiltRows(rows: readonly FeatureRow[], { inputs }: Pick<ModelSignature, 'inputs'>): FeatureRow[] {
  return rows
    .slice(-SPOILT)
    .flatMap((row) =>
      inputs.flatMap(({ field, type }) => (ODD_VALUES[type] ?? []).map((value) => ({ ...row, [field]: value }))),
    );
}
